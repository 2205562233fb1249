// The Wine of Debian 12 lacks bcryptprimitives.dll, which every program of Rust asks for random numbers. For tests alone;
// Windows has it.
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length) {
    return SystemFunction036(buffer, (ULONG)length);
}

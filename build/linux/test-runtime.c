// Stands in for the runtime of AppImages where that cannot be fetched, so that build/check-linux can start what
// build/appimage makes. It knows --appimage-extract-and-run and --appimage-offset alone, and is never passed on.
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(char *const arguments[]) {
    pid_t child = fork();
    if (child == 0) {
        execvp(arguments[0], arguments);
        perror(arguments[0]);
        _exit(127);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0) return 126;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}

int main(int argc, char **argv) {
    char self[PATH_MAX], folder[] = "/tmp/appimage-test-XXXXXX", offset[32], where[PATH_MAX], start[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0) return 126;
    self[length] = 0;
    // The picture of the files begins where this program ends.
    Elf64_Ehdr header;
    int file = open(self, O_RDONLY);
    if (read(file, &header, sizeof header) != (ssize_t)sizeof header) return 126;
    close(file);
    snprintf(offset, sizeof offset, "%lu", header.e_shoff + (unsigned long)header.e_shentsize * header.e_shnum);
    if (argc > 1 && strcmp(argv[1], "--appimage-offset") == 0) return puts(offset) < 0;
    if (argc < 2 || strcmp(argv[1], "--appimage-extract-and-run") != 0) return 2;

    if (!mkdtemp(folder)) return 126;
    snprintf(where, sizeof where, "%s/app", folder);
    snprintf(start, sizeof start, "%s/app/AppRun", folder);
    char *unpack[] = {"unsquashfs", "-quiet", "-no-progress", "-offset", offset, "-dest", where, self, NULL};
    int code = run(unpack);
    if (code == 0) {
        setenv("APPIMAGE", self, 1);
        setenv("APPDIR", where, 1);
        setenv("ARGV0", argv[0], 1);
        argv[1] = start;
        code = run(argv + 1);
    }
    char *clear[] = {"rm", "-rf", folder, NULL};
    run(clear);
    return code;
}

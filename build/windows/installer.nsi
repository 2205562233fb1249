; The installer for Windows. build/installer calls it with VERSION, BINARIES, ROOT and OUT.
; It installs for this user without any permission, or for everybody, for which it asks for the administrator's.
;
;   setup.exe /S                 for this user, without a question
;   setup.exe /S /AllUsers       for everybody, started by an administrator; else it ends with 740
;   setup.exe /S /D=C:\Folder    elsewhere; it must come last

Unicode true
Target amd64-unicode
ManifestDPIAware true
ManifestLongPathAware true
ManifestSupportedOS Win10
RequestExecutionLevel user
SetCompressor /SOLID lzma

!define NAME "Network Logging"
!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\NetworkLogging"
!define ERROR_ELEVATION_REQUIRED 740

!include MUI2.nsh
!include nsDialogs.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include WinMessages.nsh
!include x64.nsh

Name "${NAME}"
OutFile "${OUT}"
BrandingText "${NAME} ${VERSION}"
ShowInstDetails nevershow
ShowUninstDetails nevershow

VIProductVersion "${VERSION_NUMBERS}.0"
VIAddVersionKey ProductName "${NAME}"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey FileDescription "${NAME}, installer"
VIAddVersionKey LegalCopyright "MIT licence"

!define MUI_ICON "${ROOT}\assets\windows\network-logging.ico"
!define MUI_UNICON "${ROOT}\assets\windows\network-logging.ico"
!define MUI_FINISHPAGE_NOAUTOCLOSE
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_TEXT "$(OpenIt)"
!define MUI_FINISHPAGE_RUN_FUNCTION open_it

Page custom ask_for_whom take_for_whom
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE English
!insertmacro MUI_LANGUAGE German

LangString OpenIt ${LANG_ENGLISH} "Open Network Logging"
LangString OpenIt ${LANG_GERMAN} "Network Logging öffnen"
LangString WhomTitle ${LANG_ENGLISH} "For whom?"
LangString WhomTitle ${LANG_GERMAN} "Für wen?"
LangString WhomText ${LANG_ENGLISH} "Settings and logs belong to each user in any case."
LangString WhomText ${LANG_GERMAN} "Einstellungen und Protokolle gehören in jedem Fall jedem Benutzer für sich."
LangString OnlyMe ${LANG_ENGLISH} "Only for me: no permission is needed"
LangString OnlyMe ${LANG_GERMAN} "Nur für mich: keine Erlaubnis ist nötig"
LangString Everybody ${LANG_ENGLISH} "For everybody: Windows asks for the administrator's permission"
LangString Everybody ${LANG_GERMAN} "Für alle: Windows fragt nach der Erlaubnis des Administrators"
LangString Only64 ${LANG_ENGLISH} "This program needs a 64-bit Windows."
LangString Only64 ${LANG_GERMAN} "Dieses Programm braucht ein 64-Bit-Windows."
LangString StillScheduled ${LANG_ENGLISH} "The task $\"Network Logging$\" is still in the Task Scheduler, for an administrator has to remove it. It will fail until it is deleted there."
LangString StillScheduled ${LANG_GERMAN} "Die Aufgabe $\"Network Logging$\" steht noch in der Aufgabenplanung, denn ein Administrator muss sie entfernen. Sie schlägt fehl, bis sie dort gelöscht wird."
LangString CommandLine ${LANG_ENGLISH} "Network Logging command line"
LangString CommandLine ${LANG_GERMAN} "Network Logging Befehlszeile"

; 1 while it is installed for everybody.
Var all_users
; The radio button for everybody.
Var everybody

!macro functions un
; Sets $0 to 1 when this process may install for everybody.
Function ${un}is_admin
    UserInfo::GetAccountType
    Pop $0
    ${If} $0 == "Admin"
        StrCpy $0 1
    ${Else}
        StrCpy $0 0
    ${EndIf}
FunctionEnd

Function ${un}choose_context
    ${If} $all_users == 1
        SetShellVarContext all
    ${Else}
        SetShellVarContext current
    ${EndIf}
FunctionEnd
!macroend
!insertmacro functions ""
!insertmacro functions "un."

Function .onInit
    ${IfNot} ${RunningX64}
        MessageBox MB_ICONSTOP "$(Only64)" /SD IDOK
        SetErrorLevel 1
        Quit
    ${EndIf}
    SetRegView 64
    StrCpy $all_users 0
    ${GetParameters} $1
    ClearErrors
    ${GetOptions} $1 "/AllUsers" $2
    ${IfNot} ${Errors}
        StrCpy $all_users 1
        Call is_admin
        ${If} $0 == 0
            SetErrorLevel ${ERROR_ELEVATION_REQUIRED}
            Quit
        ${EndIf}
    ${EndIf}
    Call choose_context
    Call choose_folder
FunctionEnd

; Where it was before, else the usual place; not where /D= names another.
Function choose_folder
    ${If} $INSTDIR == ""
        ReadRegStr $INSTDIR SHCTX "${KEY}" "InstallLocation"
    ${EndIf}
    ${If} $INSTDIR == ""
        ${If} $all_users == 1
            StrCpy $INSTDIR "$PROGRAMFILES64\${NAME}"
        ${Else}
            StrCpy $INSTDIR "$LOCALAPPDATA\Programs\${NAME}"
        ${EndIf}
    ${EndIf}
FunctionEnd

Function ask_for_whom
    ; Started anew with permission, this was answered.
    ${If} $all_users == 1
        Abort
    ${EndIf}
    !insertmacro MUI_HEADER_TEXT "$(WhomTitle)" "$(WhomText)"
    nsDialogs::Create 1018
    Pop $0
    ${NSD_CreateRadioButton} 0 10u 100% 12u "$(OnlyMe)"
    Pop $0
    ${NSD_Check} $0
    ${NSD_CreateRadioButton} 0 30u 100% 12u "$(Everybody)"
    Pop $everybody
    nsDialogs::Show
FunctionEnd

Function take_for_whom
    ${NSD_GetState} $everybody $0
    ${If} $0 == ${BST_CHECKED}
        ClearErrors
        ExecShell "runas" "$EXEPATH" "/AllUsers"
        ; Refused: the question stays.
        IfErrors +2
        Quit
        Abort
    ${EndIf}
FunctionEnd

; Not with the permission that installing may have had.
Function open_it
    Exec '"$WINDIR\explorer.exe" "$INSTDIR\network-logging.exe"'
FunctionEnd

; A program that runs cannot be replaced, but renamed: a monitor at work goes on with the old one until it is started anew.
!macro make_room file
    Delete "$INSTDIR\${file}.old"
    ClearErrors
    Delete "$INSTDIR\${file}"
    ${If} ${Errors}
        Rename "$INSTDIR\${file}" "$INSTDIR\${file}.old"
        Delete /REBOOTOK "$INSTDIR\${file}.old"
    ${EndIf}
!macroend

Section
    SetOutPath "$INSTDIR"
    !insertmacro make_room network-logging.exe
    !insertmacro make_room netlog.exe
    File "${BINARIES}\network-logging.exe"
    File "${BINARIES}\netlog.exe"
    File /oname=README.md "${ROOT}\README.md"
    File /oname=CHANGELOG.md "${ROOT}\CHANGELOG.md"
    File /oname=LICENSE.txt "${ROOT}\LICENSE"
    WriteUninstaller "$INSTDIR\uninstall.exe"

    CreateDirectory "$SMPROGRAMS\${NAME}"
    CreateShortcut "$SMPROGRAMS\${NAME}\${NAME}.lnk" "$INSTDIR\network-logging.exe"
    SetOutPath "$PROFILE"
    CreateShortcut "$SMPROGRAMS\${NAME}\$(CommandLine).lnk" "$SYSDIR\cmd.exe" \
        '/k set "PATH=$INSTDIR;%PATH%" && netlog --help' "$INSTDIR\netlog.exe"
    SetOutPath "$INSTDIR"

    WriteRegStr SHCTX "${KEY}" "DisplayName" "${NAME}"
    WriteRegStr SHCTX "${KEY}" "DisplayVersion" "${VERSION}"
    WriteRegStr SHCTX "${KEY}" "DisplayIcon" "$INSTDIR\network-logging.exe"
    WriteRegStr SHCTX "${KEY}" "Publisher" "Network Logging contributors"
    WriteRegStr SHCTX "${KEY}" "InstallLocation" "$INSTDIR"
    WriteRegStr SHCTX "${KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
    WriteRegStr SHCTX "${KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
    WriteRegDWORD SHCTX "${KEY}" "AllUsers" $all_users
    WriteRegDWORD SHCTX "${KEY}" "NoModify" 1
    WriteRegDWORD SHCTX "${KEY}" "NoRepair" 1
    ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
    WriteRegDWORD SHCTX "${KEY}" "EstimatedSize" $0
    ; "netlog" and "network-logging" in the dialog Run and for "start".
    WriteRegStr SHCTX "Software\Microsoft\Windows\CurrentVersion\App Paths\network-logging.exe" "" "$INSTDIR\network-logging.exe"
    WriteRegStr SHCTX "Software\Microsoft\Windows\CurrentVersion\App Paths\netlog.exe" "" "$INSTDIR\netlog.exe"
SectionEnd

; Whose installation this is, is told by the entry that names this folder.
Function un.onInit
    SetRegView 64
    StrCpy $all_users 0
    ReadRegStr $0 HKLM "${KEY}" "InstallLocation"
    ${If} $0 == $INSTDIR
        StrCpy $all_users 1
        Call un.is_admin
        ${If} $0 == 0
            ${If} ${Silent}
                SetErrorLevel ${ERROR_ELEVATION_REQUIRED}
            ${Else}
                ExecShell "runas" "$INSTDIR\uninstall.exe"
            ${EndIf}
            Quit
        ${EndIf}
    ${EndIf}
    Call un.choose_context
FunctionEnd

; A task that runs while nobody is logged in goes with an administrator's permission only.
Function un.remove_schedule_as_admin
    ${IfNot} ${Silent}
        ExecShellWait "runas" "$INSTDIR\netlog.exe" "schedule remove" SW_HIDE
    ${EndIf}
    ; 2 says that nothing is installed any more.
    nsExec::Exec '"$INSTDIR\netlog.exe" schedule status'
    Pop $0
    ${If} $0 != 2
        MessageBox MB_ICONEXCLAMATION "$(StillScheduled)" /SD IDOK
    ${EndIf}
FunctionEnd

Section Uninstall
    ; A schedule that starts a program which is gone would fail for ever. Logs and settings stay.
    nsExec::Exec '"$INSTDIR\netlog.exe" schedule remove'
    Pop $0
    ${If} $0 != 0
        Call un.remove_schedule_as_admin
    ${EndIf}
    !insertmacro make_room network-logging.exe
    !insertmacro make_room netlog.exe
    Delete "$INSTDIR\README.md"
    Delete "$INSTDIR\CHANGELOG.md"
    Delete "$INSTDIR\LICENSE.txt"
    Delete "$INSTDIR\uninstall.exe"
    RMDir "$INSTDIR"
    Delete "$SMPROGRAMS\${NAME}\*.lnk"
    RMDir "$SMPROGRAMS\${NAME}"
    DeleteRegKey SHCTX "${KEY}"
    DeleteRegKey SHCTX "Software\Microsoft\Windows\CurrentVersion\App Paths\network-logging.exe"
    DeleteRegKey SHCTX "Software\Microsoft\Windows\CurrentVersion\App Paths\netlog.exe"
SectionEnd

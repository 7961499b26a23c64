// Unpacks the browser of the npm package, and the libraries a bare machine lacks, into TMPDIR.

import { fileURLToPath } from "node:url";
import chromium, { inflate } from "@sparticuz/chromium";

const libraries = new URL("../bin/al2023.tar.br", import.meta.resolve("@sparticuz/chromium"));
await inflate(fileURLToPath(libraries));
console.log(await chromium.executablePath());

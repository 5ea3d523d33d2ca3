// SPDX-License-Identifier: MIT
// usage: node dh_view.js DH_VIEW.JS FILE - what valgrind's viewer makes of a file of DHAT's: bytes in
// all, at the peak, at the end.
const fs = require("fs");
const nothing = new Proxy(function () {}, { get: () => nothing, apply: () => nothing });
const [, , viewer, file] = process.argv;
new Function("document", "window", "data", "print", fs.readFileSync(viewer, "utf8") + `
    ;gSelect = { childNodes: [{}], selectedIndex: 0 };
    gData = data;
    buildTree();
    print(gRoot._totalBytes + " " + gRoot._atTGmaxBytes + " " + gRoot._atTEndBytes);
`)(nothing, nothing, JSON.parse(fs.readFileSync(file, "utf8")), console.log);

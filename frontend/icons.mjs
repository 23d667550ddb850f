// Draws portal/static/icons.svg from lucide's drawings, one <symbol> for each name in icons.txt.
// Run only when icons.txt changes: `npm install --no-save lucide-static@1.62.0 && npm run icons`.
// lucide-static is 68 MB, so it is no part of the normal install; the sprite is committed.
import { readFileSync, writeFileSync } from "node:fs";

const names = readFileSync("icons.txt", "utf8").split("\n").filter(Boolean);
const symbols = names.map((name) => {
  const drawing = readFileSync(`node_modules/lucide-static/icons/${name}.svg`, "utf8");
  const shapes = drawing.match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1].replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>");
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" ` +
    `stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
});
const notice = "<!-- Icons by Lucide (ISC licence). Made by frontend/icons.mjs from icons.txt. -->";
writeFileSync("../portal/static/icons.svg", `${notice}\n<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`);
console.log(`${names.length} icons`);

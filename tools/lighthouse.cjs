// One line for the reports of one page: `node tools/lighthouse.cjs /page report.json …`; then what any of them names.
const [, , page, ...files] = process.argv;
const reports = files.map((file) => require(file));
const kinds = ["performance", "accessibility", "best-practices", "seo"];
const sorted = (read) => reports.map(read).sort((one, other) => one - other);
const median = (values) => values[Math.floor(values.length / 2)];
const audit = (name) => (report) => report.audits[name].numericValue;

const scores = kinds.map((kind) => {
  const values = sorted((report) => Math.round(report.categories[kind].score * 100));
  return `${kind} ${values.at(-1)}/${median(values)}`;
});
const times = [["FCP", "first-contentful-paint"], ["LCP", "largest-contentful-paint"]].map(([name, id]) => {
  const values = sorted(audit(id)).map(Math.round);
  return `${name} ${values[0]}/${median(values)} ms`;
});
const weight = (Math.max(...sorted(audit("total-byte-weight"))) / 1024).toFixed(1);
console.log(page.padEnd(16), "best/median of", reports.length, ": ", [...scores, ...times].join("  "), ` weight ${weight} KB`);

const named = new Set();
for (const { categories, audits } of reports) {
  for (const kind of kinds) {
    for (const { id, weight: counts } of categories[kind].auditRefs) {
      const { score, displayValue } = audits[id];
      if (counts > 0 && score !== null && score < 0.9) named.add(`    ${kind} ${id} ${displayValue ?? ""}`);
    }
  }
}
for (const line of named) console.log(line);

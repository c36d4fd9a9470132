// Reads one JSON list of calls from standard input, [name, ...arguments] each, and writes the list of what @wecom/crypto returned.
const library = require("@wecom/crypto");

const calls = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const results = calls.map(([name, ...args]) => {
  const result = library[name](...args);
  return name === "decrypt" ? { message: result.message, id: result.id } : result;
});
process.stdout.write(JSON.stringify(results));

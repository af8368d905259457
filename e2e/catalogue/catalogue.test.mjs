// The catalogue of the packages as DCAT 3: both ways of writing say the same, and the shapes of DCAT-AP 3.0.1 hold.
//
//   YUANDU_BIN=path/to/yuandu npm test

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import jsonld from 'jsonld';
import { Parser, Store } from 'n3';
import SHACLValidator from 'rdf-validate-shacl';

const SHAPES = join(dirname(fileURLToPath(import.meta.url)), 'shapes');
const TYPE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';
const DCAT = 'http://www.w3.org/ns/dcat#';
const VIOLATION = 'http://www.w3.org/ns/shacl#Violation';
/** Findings that are told; the rest is counted. */
const TOLD = 20;

const program = process.env.YUANDU_BIN;
if (!program) throw new Error('set YUANDU_BIN to the built program; `cargo xtask test` does it for you');

const printed = (...options) => execFileSync(program, ['catalogue', ...options], { encoding: 'utf8', maxBuffer: 64 << 20 });
const read = (turtle) => new Store(new Parser().parse(turtle));

const turtle = printed();
const graph = read(turtle);

test('every register that may be open is a dataset that can be had', () => {
  const datasets = graph.getSubjects(TYPE, `${DCAT}Dataset`, null);
  assert.ok(datasets.length >= 8, `${datasets.length} datasets`);
  for (const dataset of datasets) {
    assert.equal(graph.countQuads(null, `${DCAT}dataset`, dataset, null), 1, `${dataset.value} stands in the catalogue once`);
    assert.ok(graph.countQuads(dataset, `${DCAT}distribution`, null, null) > 0, `${dataset.value} can be had`);
  }
});

test('Turtle and JSON-LD say the same', async () => {
  const canonical = (input, format) => jsonld.canonize(input, { algorithm: 'RDFC-1.0', format: 'application/n-quads', inputFormat: format });
  const expanded = await jsonld.toRDF(JSON.parse(printed('--json-ld')), { format: 'application/n-quads' });
  const quads = [...graph].map(line).join('');
  assert.equal(await canonical(expanded, 'application/n-quads'), await canonical(quads, 'application/n-quads'));
});

for (const name of readdirSync(SHAPES).filter((file) => file.endsWith('.ttl')).sort()) {
  test(`the shapes of ${name} hold`, async () => {
    const validator = new SHACLValidator(read(readFileSync(join(SHAPES, name), 'utf8')));
    // Warnings are about lists of the EU, such as its corporate bodies, which no city stands in.
    const { results: found } = await validator.validate(graph);
    const results = found.filter((one) => one.severity?.value === VIOLATION);
    const findings = results.map((one) => `${one.focusNode?.value} ${one.path?.value}: ${one.message.map((said) => said.value).join(' ')}`);
    assert.deepEqual(findings.slice(0, TOLD), [], `${findings.length} findings`);
  });
}

test('a catalogue that lost its titles does not conform', async () => {
  const title = 'http://purl.org/dc/terms/title';
  const spoiled = new Store([...graph].filter((quad) => quad.predicate.value !== title));
  const validator = new SHACLValidator(read(readFileSync(join(SHAPES, 'shapes.ttl'), 'utf8')));
  assert.equal((await validator.validate(spoiled)).conforms, false);
});

/** A line of N-Quads. */
function line({ subject, predicate, object }) {
  return `${term(subject)} ${term(predicate)} ${term(object)} .\n`;
}

function term(of) {
  if (of.termType === 'NamedNode') return `<${of.value}>`;
  if (of.termType === 'BlankNode') return `_:${of.value}`;
  const text = JSON.stringify(of.value);
  if (of.language) return `${text}@${of.language}`;
  return `${text}^^<${of.datatype.value}>`;
}

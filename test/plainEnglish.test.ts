import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { findStilted, listTexts } from './plainEnglish';

const ROOT = join(__dirname, '..');
const FOLDERS = ['nodes', 'credentials', 'commands', 'ledger', 'payments', 'stripe', 'examples'];
/** Matches queries, which are sent to a database and not shown to people. */
const QUERY = /\b(?:SELECT|redis\.call)\b/;

it.each(FOLDERS)('every label and message in %s is written in plain English', (folder) => {
	const texts = listTexts(join(ROOT, folder)).filter(({ text }) => !QUERY.test(text));
	expect(texts.filter(({ text }) => findStilted(text).length > 0)).toEqual([]);
});

const EXAMPLES = readdirSync(join(ROOT, 'examples')).filter((name) => name.endsWith('.json'));

it.each(EXAMPLES)('the notes, names and messages of %s are written in plain English', (name) => {
	const { nodes } = JSON.parse(readFileSync(join(ROOT, 'examples', name), 'utf8')) as { nodes: unknown };
	expect(listStrings(nodes).flatMap((text) => findStilted(withoutComments(text)))).toEqual([]);
});

function listStrings(value: unknown): string[] {
	if (typeof value === 'string') return [value];
	return value !== null && typeof value === 'object' ? Object.values(value).flatMap(listStrings) : [];
}

/** Comments in a Code node are for developers. */
function withoutComments(code: string): string {
	return code.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
}

it.each([
	'It was surely not sent',
	'This was already done',
	'It stands there',
	'This is no ID',
	'Choose another one',
])('%p is not plain English', (text) => {
	expect(findStilted(text)).not.toEqual([]);
});

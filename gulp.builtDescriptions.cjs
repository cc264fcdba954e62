const { deepStrictEqual } = require('node:assert');
const { readFileSync, writeFileSync } = require('node:fs');
const { basename, resolve } = require('node:path');
const ts = require('typescript');

/**
 * Writes the description of each compiled node to a JSON file beside it, and makes the node read that file. n8n
 * loads every node when it starts, and building thousands of parameters from their tables is the slowest part of
 * that. Code that runs from the sources builds the description and needs no such file.
 *
 * @param {readonly string[]} files of compiled nodes
 */
function writeDescriptions(files) {
	// Build all descriptions before changing any file.
	const descriptions = files.map((file) => {
		const [Type] = Object.values(require(resolve(file)));
		const { description } = new Type();
		const json = JSON.stringify(description);
		// JSON drops symbol properties. They are not n8n's: the node looks them up in the tables at run time.
		deepStrictEqual(
			JSON.parse(json),
			structuredClone(description),
			`${file}: its description holds what JSON does not`,
		);
		return json;
	});
	files.forEach((file, nth) => {
		const json = file.replace(/\.node\.js$/, '.description.json');
		writeFileSync(json, descriptions[nth]);
		writeFileSync(file, readDescriptionFrom(`./${basename(json)}`, readFileSync(file, 'utf8')));
	});
}

/**
 * @param {string} json path of the description
 * @param {string} text of a compiled node: `class Node { description = { … }; }`
 * @returns {string} the text with `{ ...require(json) }`; n8n adds to a description, so each node needs its own
 * copy. Line numbers do not change, so source maps still fit
 */
function readDescriptionFrom(json, text) {
	const { statements } = ts.createSourceFile('compiled.js', text, ts.ScriptTarget.ES2022, true);
	const members = statements.filter(ts.isClassDeclaration).flatMap(({ members: own }) => [...own]);
	const found = members.filter(
		(member) => ts.isPropertyDeclaration(member) && member.name.getText() === 'description',
	);
	const [initializer] = found.map((member) => member.initializer);
	if (found.length !== 1 || !initializer) throw new Error(`${json}: the node has no single description`);
	const lines = initializer.getText().replace(/[^\n]/g, '');
	const read = `{ ...require(${JSON.stringify(json)}) }`;
	return `${text.slice(0, initializer.getStart())}${read}${lines}${text.slice(initializer.end)}`;
}

module.exports = { writeDescriptions, readDescriptionFrom };

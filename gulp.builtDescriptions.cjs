const { deepStrictEqual } = require('node:assert');
const { readFileSync, writeFileSync } = require('node:fs');
const { basename, resolve } = require('node:path');
const ts = require('typescript');

/**
 * Writes the description of each compiled node beside it, as JSON, and lets the node read that: n8n loads every node when it
 * starts, and to build thousands of parameters from their tables takes longer than all else. What runs from the sources
 * builds them, and needs no such file.
 *
 * @param {readonly string[]} files of compiled nodes
 */
function writeDescriptions(files) {
	// All are built before one is changed.
	const descriptions = files.map((file) => {
		const [Type] = Object.values(require(resolve(file)));
		const { description } = new Type();
		const json = JSON.stringify(description);
		// What is marked with a symbol is not n8n's: a run looks into the tables for it. A clone has none.
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
 * @param {string} json where the description is
 * @param {string} text of a compiled node: `class Node { description = { … }; }`
 * @returns {string} the same with `{ ...require(json) }`; n8n adds to a description, so each node has one of its own. Lines
 * stay where they are, so that source maps still fit
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

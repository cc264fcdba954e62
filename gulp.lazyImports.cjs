const ts = require('typescript');

/**
 * Lets a compiled file load what it imports at its first use, as Babel and SWC do with `lazy`: n8n loads every node when it
 * starts, and for its description needs neither Stripe's SDK nor a client of Postgres. Lines stay where they are, so
 * that source maps still fit.
 *
 * @param {string} text as TypeScript emits it for CommonJS: `const pg_1 = require("pg");`, used as `pg_1.Pool`
 * @returns {string} `let pg_1$; const pg_1 = () => (pg_1$ ??= require("pg"));`, used as `(pg_1()).Pool`
 */
function makeImportsLazy(text) {
	const file = ts.createSourceFile('compiled.js', text, ts.ScriptTarget.ES2022, true);
	const imports = new Map(file.statements.flatMap(toImport));
	const edits = [];
	const visit = (node) => {
		const found = ts.isIdentifier(node) ? imports.get(node.text) : undefined;
		if (found && isReference(node)) found.uses.push(node);
		ts.forEachChild(node, visit);
	};
	visit(file);
	for (const [name, { declaration, uses }] of imports) {
		// Handed on as a whole, it is a value and not a name for what is in it.
		if (!uses.every(isQualifier)) continue;
		const { initializer } = declaration;
		edits.push([
			declaration.parent.getStart(),
			initializer.getStart(),
			`let ${name}$; const ${name} = () => (${name}$ ??= `,
		]);
		edits.push([initializer.end, initializer.end, ')']);
		// In brackets, or `new pg_1().Pool()` would make a `pg_1`.
		for (const use of uses) edits.push([use.getStart(), use.end, `(${name}())`]);
	}
	edits.sort(([one], [other]) => one - other);
	let at = 0;
	const parts = edits.flatMap(([from, to, by]) => {
		const before = text.slice(at, from);
		at = to;
		return [before, by];
	});
	return parts.join('') + text.slice(at);
}

/** `const a = require("a");`, also within one of TypeScript's helpers for default and namespace imports. */
function toImport(statement) {
	if (!ts.isVariableStatement(statement)) return [];
	const [declaration] = statement.declarationList.declarations;
	const { initializer, name } = declaration;
	const call = initializer && unwrapHelper(initializer);
	const isImport = call && ts.isCallExpression(call) && call.expression.getText() === 'require';
	return isImport && ts.isIdentifier(name) ? [[name.text, { declaration, uses: [] }]] : [];
}

function unwrapHelper(expression) {
	const isHelped =
		ts.isCallExpression(expression) && /^__import(?:Default|Star)$/.test(expression.expression.getText());
	return isHelped ? expression.arguments[0] : expression;
}

/** Not its own declaration, and not a property that happens to have its name. */
function isReference(node) {
	const { parent } = node;
	if (ts.isVariableDeclaration(parent) && parent.name === node) return false;
	if (ts.isPropertyAccessExpression(parent) && parent.name === node) return false;
	return !(ts.isPropertyAssignment(parent) && parent.name === node);
}

function isQualifier(node) {
	return ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node;
}

module.exports = { makeImportsLazy };

const ts = require('typescript');

/**
 * Makes a compiled file load each import at its first use, as Babel and SWC do with `lazy`. n8n loads every node
 * when it starts, and a description needs neither Stripe's SDK nor a Postgres client. Line numbers do not change,
 * so source maps still fit.
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
		// The module object is passed on as a value, so it cannot become a function.
		if (!uses.every(isQualifier)) continue;
		const { initializer } = declaration;
		edits.push([
			declaration.parent.getStart(),
			initializer.getStart(),
			`let ${name}$; const ${name} = () => (${name}$ ??= `,
		]);
		edits.push([initializer.end, initializer.end, ')']);
		// The brackets are needed: `new pg_1().Pool()` would construct a `pg_1`.
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

/**
 * Matches `const a = require("a");`, also inside one of TypeScript's helpers for default and namespace imports.
 */
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

/** Excludes the declaration itself and properties of the same name. */
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

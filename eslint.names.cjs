const { relative } = require('node:path');

const { SymbolFlags } = require('typescript');

/** Where the product is. Tests name their fixtures as each of them likes. */
const ROOMS = /^(?:commands|credentials|ledger|nodes|payments|stripe)\//;

/** Of each program: the files that define what they export, by name. */
const definitions = new WeakMap();

/** One word has one meaning: a name that is exported has one definition. What passes one on defines nothing. */
module.exports = {
	meta: {
		type: 'problem',
		messages: { twice: '"{{name}}" is defined in {{files}} too: one word has one meaning.' },
		schema: [],
	},
	create(context) {
		const { program, esTreeNodeToTSNodeMap } = context.sourceCode.parserServices;
		const toPath = ({ fileName }) => relative(context.cwd, fileName);
		return {
			'Program:exit'(node) {
				const file = esTreeNodeToTSNodeMap.get(node);
				const own = toPath(file);
				if (!ROOMS.test(own)) return;
				for (const symbol of definedExports(program.getTypeChecker(), file)) {
					const files = findDefinitions(program, toPath)
						.get(symbol.name)
						.filter((path) => path !== own);
					if (files.length === 0) continue;
					const loc = positionOf(context.sourceCode, symbol, file);
					const data = { name: symbol.name, files: files.join(', ') };
					context.report({ loc, messageId: 'twice', data });
				}
			},
		};
	},
};

function findDefinitions(program, toPath) {
	const known = definitions.get(program);
	if (known) return known;
	const found = new Map();
	for (const file of program.getSourceFiles()) {
		const path = toPath(file);
		if (!ROOMS.test(path)) continue;
		for (const { name } of definedExports(program.getTypeChecker(), file))
			found.set(name, [...(found.get(name) ?? []), path]);
	}
	definitions.set(program, found);
	return found;
}

/** What a file exports and defines itself. */
function definedExports(checker, file) {
	const module = checker.getSymbolAtLocation(file);
	if (!module) return [];
	return checker.getExportsOfModule(module).filter((symbol) => {
		const target = symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
		return target.declarations?.some((declaration) => declaration.getSourceFile() === file);
	});
}

function positionOf(sourceCode, { declarations }, file) {
	const declaration = declarations.find((one) => one.getSourceFile() === file) ?? declarations[0];
	return sourceCode.getLocFromIndex((declaration.name ?? declaration).getStart(file));
}

import { join } from 'node:path';

import type { Rule } from 'eslint';
import { RuleTester } from 'eslint';
import { createProgram, createSourceFile, ScriptTarget } from 'typescript';
import type { CompilerHost, Program } from 'typescript';
import { parser } from 'typescript-eslint';

const oneDefinition = jest.requireActual<Rule.RuleModule>('../../eslint.names.cjs');

/** A small product: two files define `settle`, one of them as a type; what only passes on, or keeps to itself, is there too. */
const FILES = new Map(
	Object.entries({
		'ledger/settle.ts': 'export function settle(): void {}\nexport const once = 1;\nconst own = 2;\nown;',
		'stripe/settle.ts': 'type Settle = string;\nexport type { Settle as settle };\nexport const own = 3;',
		'nodes/settle.ts': "export { settle, once } from '../ledger/settle';",
		'nodes/aliased.ts': "import { once } from '../ledger/settle';\nexport { once };",
		'test/settle.ts': 'export const settle = 4;\nexport const once = 5;',
	}).map(([path, text]) => [join(process.cwd(), path), text]),
);

function compile(): Program {
	const host: CompilerHost = {
		fileExists: (path) => FILES.has(path),
		readFile: (path) => FILES.get(path),
		getSourceFile: (path) => {
			const text = FILES.get(path);
			return text === undefined ? undefined : createSourceFile(path, text, ScriptTarget.ES2022, true);
		},
		getDefaultLibFileName: () => 'lib.d.ts',
		writeFile: () => undefined,
		getCurrentDirectory: () => process.cwd(),
		getCanonicalFileName: (path) => path,
		useCaseSensitiveFileNames: () => true,
		getNewLine: () => '\n',
	};
	return createProgram([...FILES.keys()], { noLib: true, noResolve: false, types: [] }, host);
}

const at = (path: string) => {
	const filename = join(process.cwd(), path);
	return { filename, code: FILES.get(filename)! };
};

new RuleTester({ languageOptions: { parser, parserOptions: { programs: [compile()] } } }).run(
	'house/one-definition',
	oneDefinition,
	{
		valid: [at('nodes/settle.ts'), at('nodes/aliased.ts'), at('test/settle.ts')],
		invalid: [
			{
				...at('ledger/settle.ts'),
				errors: [
					{
						message: '"settle" is defined in stripe/settle.ts too: one word has one meaning.',
						line: 1,
					},
				],
			},
			{
				...at('stripe/settle.ts'),
				errors: [
					{
						message: '"settle" is defined in ledger/settle.ts too: one word has one meaning.',
						line: 2,
					},
				],
			},
		],
	},
);

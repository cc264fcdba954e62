import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';

import { format } from 'prettier';

/** A part needs only what stands before it. */
const PARTS = [
	'markup',
	'words',
	'history',
	'entry',
	'chart',
	'moneyChart',
	'story',
	'glance',
	'colours',
	'frameStyle',
	'dataStyle',
	'page',
	'makeThePage',
];

const HEAD = `// Makes the page. Everything gets into it through \`html\`, which lets no value be more than text.
// To change how it looks, change the styles; to change what it shows, \`glance\` and \`card\`.
`;

/** What the Code node does with the parts. */
const TAIL = `
const opened = $('Open the Page').isExecuted;
return [
	{
		json: makeThePage({
			lookUp: $('Look It Up'),
			samePayment: $('The Same Payment'),
			findOut: $('Find Out'),
			whole: [$('Sum It Up'), $('Unknown Ones'), $('Newest Others')],
			items: $input.all(),
			call: (opened ? $('Open the Page') : $('Button Pressed')).first().json,
			now: Date.now(),
		}),
	},
];
`;

/**
 * The JavaScript of the Code node: a node cannot import, so its parts stand one below the other.
 *
 * @throws where two parts have a function of one name: the later one would take the place of the other
 */
export async function assembled(): Promise<string> {
	const parts = PARTS.map((name) => readFileSync(join(__dirname, `${name}.ts`), 'utf8'));
	const code = [HEAD, ...parts.map((part) => stripTypeScriptTypes(withoutModules(part))), TAIL].join('\n');
	const names = [...code.matchAll(/^function (\w+)/gm)].map(([, name]) => name);
	const double = names.find((name, place) => names.indexOf(name) !== place);
	if (double) throw new Error(`Two parts of the page have a function ${double}`);
	return format(code, { parser: 'babel', useTabs: true, singleQuote: true, printWidth: 110 });
}

function withoutModules(part: string): string {
	return part.replace(/^import [^;]*;\n/gm, '').replace(/^export /gm, '');
}

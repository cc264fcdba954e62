import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';

import { format } from 'prettier';

/** In dependency order: a part uses only the parts before it. */
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

/** The code that calls the parts. */
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
 * Builds the JavaScript of the Code node. A Code node cannot import, so the parts are concatenated.
 *
 * @throws if two parts declare a function of the same name, because the later one would replace the earlier
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

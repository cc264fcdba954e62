import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as ts from 'typescript';

/** Expressions that operators have to read twice. */
export const STILTED =
	/\b(?:surely|whoever|stands?|stood|by hand|letter by letter|tells? a person|(?:came|became|comes|become) of|by itself|hears? of)\b|(?<!there )\bis no (?!longer)/gi;

/** Expressions that are acceptable in a document, but not in a label or a message. */
const STILTED_MESSAGE = new RegExp(
	`${STILTED.source}|\\b(?:may not(?! be executed| have)|another one|(?:was|were|been|not|already|is|be) done|done (?:already|again|before|twice))\\b`,
	'gi',
);

/** Ignores `Already Done`, which is the name of an output. */
export function findStilted(text: string): string[] {
	return [...text.replaceAll('Already Done', '').matchAll(STILTED_MESSAGE)].map(([word]) => word);
}

/**
 * Lists every string in the TypeScript files of a folder that contains a space. Code and field names contain
 * none.
 */
export function listTexts(folder: string): { place: string; text: string }[] {
	return readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.filter((path) => path.endsWith('.ts'))
		.flatMap((path) => {
			const source = readFileSync(join(folder, path), 'utf8');
			const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
			return listTextsIn(file).map((text) => ({ place: `${folder}/${path}`, text }));
		});
}

function listTextsIn(node: ts.Node): string[] {
	const inner: string[] = [];
	ts.forEachChild(node, (child) => void inner.push(...listTextsIn(child)));
	const isText =
		ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
	return isText && node.text.trim().includes(' ') ? [node.text, ...inner] : inner;
}

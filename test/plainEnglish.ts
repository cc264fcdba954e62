import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as ts from 'typescript';

/** Words that people who run operations read twice. */
export const STILTED =
	/\b(?:surely|whoever|stands?|stood|by hand|letter by letter|tells? a person|(?:came|became|comes|become) of|by itself|hears? of)\b|(?<!there )\bis no (?!longer)/gi;

/** What may be a sentence in a document, but not in a label or a message. */
const STILTED_MESSAGE = new RegExp(
	`${STILTED.source}|\\b(?:may not(?! be executed| have)|another one|(?:was|were|been|not|already|is|be) done|done (?:already|again|before|twice))\\b`,
	'gi',
);

/** `Already Done` is what an output is called. */
export function findStilted(text: string): string[] {
	return [...text.replaceAll('Already Done', '').matchAll(STILTED_MESSAGE)].map(([word]) => word);
}

/** Every text in the TypeScript of a folder that has a space in it, so that no code or name of a field is among them. */
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

import { isExpression, splitExpression } from './expression';

/** A piece of code in JSON text, with its position. */
export interface PlacedPiece {
	source: string;
	/** Whether it is within a string, or a whole value. */
	isInText: boolean;
	/** The path of the value; empty if it is not known. */
	path: string[];
}

/** Finds the position of each piece of code in the JSON text of an expression. */
export function locatePieces(written: string): PlacedPiece[] {
	const { text, placed } = buildTemplate(written);
	const paths = findMarkPaths(parseTemplate(text));
	return placed.map((piece, n) => ({ ...piece, path: paths.get(n) ?? [] }));
}

/** Replaces each piece of code in JSON text by a mark. */
function buildTemplate(written: string): { text: string; placed: PlacedPiece[] } {
	const placed: PlacedPiece[] = [];
	let isInText = false;
	let text = '';
	for (const { kind, source } of splitExpression(written)) {
		if (kind === 'text') {
			isInText = isInTextAfter(source, isInText);
			text += source;
		} else {
			text += isInText ? buildMark(placed.length) : JSON.stringify(buildMark(placed.length));
			placed.push({ source, isInText, path: [] });
		}
	}
	return { text, placed };
}

/** The template is valid JSON wherever the result can be. Otherwise the result shows the position. */
function parseTemplate(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

function isInTextAfter(text: string, wasInText: boolean): boolean {
	const quotes = text.match(/\\[\s\S]|"/g)?.filter((found) => found === '"').length ?? 0;
	return wasInText !== (quotes % 2 === 1);
}

const PIECE_MARK = /piece-of-the-expression-(\d+)-/g;

function buildMark(n: number): string {
	return `piece-of-the-expression-${n}-`;
}

function findMarkPaths(typed: unknown): Map<number, string[]> {
	const paths = new Map<number, string[]>();
	const note = (text: string, path: string[]) => {
		for (const [, n] of text.matchAll(PIECE_MARK)) paths.set(Number(n), path);
	};
	const walk = (value: unknown, path: string[]) => {
		if (typeof value === 'string') note(value, path);
		if (typeof value !== 'object' || value === null) return;
		for (const [name, inner] of Object.entries(value)) {
			note(name, path);
			walk(inner, [...path, name]);
		}
	};
	walk(typed, []);
	return paths;
}

/** Returns JSON as a person has typed it, with a mark in place of each piece of code; undefined if code makes all of it. */
export function parseTyped(written: unknown): unknown {
	return typeof written === 'string' ? parseTemplate(buildTemplate(written).text) : written;
}

/** Returns whether a typed text contains code, or the mark of a piece. */
export function containsCode(text: string): boolean {
	return text.search(PIECE_MARK) >= 0 || isExpression(text);
}

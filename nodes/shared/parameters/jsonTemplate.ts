import type { Piece } from './expression';

/** A piece of code in JSON text, with its position. */
export interface PlacedPiece {
	source: string;
	/** Whether it is within a string, or a whole value. */
	isInText: boolean;
	/** The path of the value; empty if it is not known. */
	path: string[];
}

/** Finds the position of each piece of code in the JSON text of an expression. */
export function locatePieces(pieces: readonly Piece[]): PlacedPiece[] {
	const placed: PlacedPiece[] = [];
	let isInText = false;
	let template = '';
	for (const { kind, source } of pieces) {
		if (kind === 'text') {
			isInText = isInTextAfter(source, isInText);
			template += source;
		} else {
			template += isInText ? buildMark(placed.length) : JSON.stringify(buildMark(placed.length));
			placed.push({ source, isInText, path: [] });
		}
	}
	const paths = findMarkPaths(template);
	return placed.map((piece, n) => ({ ...piece, path: paths.get(n) ?? [] }));
}

function isInTextAfter(text: string, wasInText: boolean): boolean {
	const quotes = text.match(/\\[\s\S]|"/g)?.filter((found) => found === '"').length ?? 0;
	return wasInText !== (quotes % 2 === 1);
}

const PIECE_MARK = /piece-of-the-expression-(\d+)-/g;

function buildMark(n: number): string {
	return `piece-of-the-expression-${n}-`;
}

/** The template is valid JSON wherever the result can be. Otherwise the result shows the position. */
function findMarkPaths(template: string): Map<number, string[]> {
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
	try {
		walk(JSON.parse(template), []);
	} catch {
		return new Map();
	}
	return paths;
}

/** Returns whether a value stays in its position: it neither ends its string, nor adds parameters. */
export function isSelfContained(text: string, isInText: boolean): boolean {
	try {
		JSON.parse(isInText ? `"${text}"` : `[${text}]`);
		return true;
	} catch {
		return false;
	}
}

import type { Piece } from './expression';

/** A piece of code in JSON text, and where it stands there. */
export interface PlacedPiece {
	source: string;
	/** Between the quotes of a text, or in the place of a whole value. */
	isInText: boolean;
	/** Names and positions that lead to it; empty where they cannot be told. */
	path: string[];
}

/** Where each piece of code stands in the JSON text that an expression puts together. */
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

/** The template is JSON wherever the result can be: what it cannot tell is told by the result. */
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

/** Whether what a piece gives stays where the piece stands: it neither ends its text, nor adds parameters of its own. */
export function isSelfContained(text: string, isInText: boolean): boolean {
	try {
		JSON.parse(isInText ? `"${text}"` : `[${text}]`);
		return true;
	} catch {
		return false;
	}
}

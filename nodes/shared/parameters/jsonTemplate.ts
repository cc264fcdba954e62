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
export function placesIn(pieces: readonly Piece[]): PlacedPiece[] {
	const placed: PlacedPiece[] = [];
	let isInText = false;
	let template = '';
	for (const { kind, source } of pieces) {
		if (kind === 'text') {
			isInText = endsInText(source, isInText);
			template += source;
		} else {
			template += isInText ? markOf(placed.length) : JSON.stringify(markOf(placed.length));
			placed.push({ source, isInText, path: [] });
		}
	}
	const paths = pathsOfMarks(template);
	return placed.map((piece, n) => ({ ...piece, path: paths.get(n) ?? [] }));
}

function endsInText(text: string, begun: boolean): boolean {
	const quotes = text.match(/\\[\s\S]|"/g)?.filter((found) => found === '"').length ?? 0;
	return begun !== (quotes % 2 === 1);
}

const MARK = /piece-of-the-expression-(\d+)-/g;

function markOf(n: number): string {
	return `piece-of-the-expression-${n}-`;
}

/** The template is JSON wherever the result can be: what it cannot tell is told by the result. */
function pathsOfMarks(template: string): Map<number, string[]> {
	const paths = new Map<number, string[]>();
	const note = (text: string, path: string[]) => {
		for (const [, n] of text.matchAll(MARK)) paths.set(Number(n), path);
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
export function staysInPlace(text: string, isInText: boolean): boolean {
	try {
		JSON.parse(isInText ? `"${text}"` : `[${text}]`);
		return true;
	} catch {
		return false;
	}
}

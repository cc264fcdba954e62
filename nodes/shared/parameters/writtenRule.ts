import { hasCondition, isExpression, piecesOf, referencesIn, wholeCode } from './expression';
import type { Importance } from './findsNothing';
import { findsNothing, holdsRounded, isTree } from './findsNothing';
import { Refusal } from '../run/error';
import { isRecord } from './values';

/** Evaluates one expression alone, for the item: `{{ $json.amount }}`. */
export type Evaluate = (expression: string) => unknown;

/** What a person has written into a parameter, and what came of it in an item. */
export interface Given {
	/** Its label, as the editor shows it. */
	label: string;
	written: unknown;
	value: unknown;
}

const LONGEST_QUOTE = 40;

const CURE =
	'Fill that field before this node, or correct the expression. To leave the parameter empty on purpose, delete the expression.';

/** @param value what the expression gives, where that is a text which only says that there is nothing, e.g. `#N/A` */
export function foundNothing(label: string, value?: unknown): Refusal {
	const said = typeof value === 'string' ? value.trim().slice(0, LONGEST_QUOTE) : '';
	const what =
		said === '' ? 'is an expression that finds nothing in this item' : `is "${said}", which says nothing`;
	return new Refusal(label, what, CURE);
}

function treeInText(label: string): Refusal {
	return new Refusal(
		label,
		'has a list or an object inside of a text',
		'Name one value in it, e.g. {{ $json.item.id }}.',
	);
}

export function wasRounded(label: string): Refusal {
	return new Refusal(label, 'is a number with too many digits to be exact', 'Pass it as text, in quotes.');
}

/**
 * "Left empty" is what nothing is *written* in. What is written as an expression has to give a value, and so has each of
 * its pieces and each field that it names, unless it says by a condition what to do without.
 *
 * @throws Refusal that names the parameter
 */
export function refuseNothing({ label, written, value }: Given, importance: Importance, evaluate: Evaluate) {
	if (holdsRounded(value)) throw wasRounded(label);
	if (!isExpression(written)) return;
	if (findsNothing(value, importance)) throw foundNothing(label, value);
	const isWhole = wholeCode(written) !== undefined;
	for (const { kind, source } of piecesOf(written)) {
		if (kind === 'text') continue;
		const piece = isWhole ? value : evaluate(`{{${source}}}`);
		if (holdsRounded(piece)) throw wasRounded(label);
		if (importance === 'describing') continue;
		if (findsNothing(piece, importance)) throw foundNothing(label, piece);
		if (!isWhole && isTree(piece)) throw treeInText(label);
		refuseMissingFields(label, source, evaluate);
	}
}

function refuseMissingFields(label: string, code: string, evaluate: Evaluate): void {
	if (hasCondition(code)) return;
	for (const { field } of referencesIn(code)) {
		if (field !== code.trim() && findsNothing(evaluate(`{{ ${field} }}`), 'deciding'))
			throw missingField(label, field);
	}
}

export function missingField(label: string, field: string): Refusal {
	return new Refusal(
		label,
		`names ${field}, which is empty in this item`,
		`Fill that field before this node, or say in the expression what stands in for it, e.g. {{ ${field} ?? 0 }}.`,
	);
}

/** What is known of a node's parameters: how much each matters, and what it is called in the editor. */
export interface Declared {
	/** By the path, without the positions of rows: `limits.limit.maxPerDay`. */
	importanceOf: (path: string) => Importance;
	labelOf: (path: string) => string;
}

/** The same for a parameter with others inside, such as the rows of Limits, or a picked object. */
export function refuseNothingWithin(
	given: Given,
	path: string,
	declared: Declared,
	evaluate: Evaluate,
): void {
	const { label, written, value } = given;
	if (Array.isArray(written)) {
		written.forEach((row: unknown, n) => {
			const inner = { label: `${label}, row ${n + 1}:`, written: row, value: inside(value, String(n)) };
			refuseNothingWithin(inner, path, declared, evaluate);
		});
	} else if (isRecord(written)) {
		for (const [name, inner] of Object.entries(written)) {
			const isOfRow = label.endsWith(':');
			const below = { written: inner, value: inside(value, name) };
			const named = isOfRow ? `${label} ${declared.labelOf(`${path}.${name}`)}` : label;
			refuseNothingWithin({ label: named, ...below }, `${path}.${name}`, declared, evaluate);
		}
	} else {
		refuseNothing(given, declared.importanceOf(path), evaluate);
	}
}

function inside(value: unknown, name: string): unknown {
	return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

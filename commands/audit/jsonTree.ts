import { isExpression, splitExpression } from '../../nodes/shared/parameters/expression';

/** Parameters as they are written. A leaf is a value, or an expression with its equals sign. */
export type Tree = { [name: string]: Branch };
export type Branch = Tree | Branch[] | string | number | boolean | null;

const MARK = /\uE000(\d+)\uE001/g;

/**
 * Reads JSON that is written into a parameter: as text, as text with expressions, or as an object.
 *
 * @returns undefined if only a run would show it, because a single expression produces all of it
 */
export function readJsonTree(written: unknown): Branch | undefined {
	if (typeof written !== 'string') return written as Branch;
	if (!isExpression(written)) return parse(written);
	const pieces = splitExpression(written);
	const codes: string[] = [];
	let isInText = false;
	const template = pieces
		.map(({ kind, source }) => {
			if (kind === 'text') {
				const quotes = source.match(/\\[\s\S]|"/g)?.filter((found) => found === '"').length ?? 0;
				isInText = isInText !== (quotes % 2 === 1);
				return source;
			}
			const mark = `\uE000${codes.push(source) - 1}\uE001`;
			return isInText ? mark : JSON.stringify(mark);
		})
		.join('');
	const parsed = parse(template);
	const isWhole = typeof parsed === 'string';
	return parsed === undefined || isWhole ? undefined : restore(parsed, codes);
}

function parse(text: string): Branch | undefined {
	try {
		return JSON.parse(text) as Branch;
	} catch {
		return undefined;
	}
}

function restore(value: Branch, codes: readonly string[]): Branch {
	if (typeof value === 'string') return restoreText(value, codes);
	if (Array.isArray(value)) return value.map((inner) => restore(inner, codes));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([name, inner]) => [restoreText(name, codes), restore(inner, codes)]),
	);
}

function restoreText(text: string, codes: readonly string[]): string {
	const restored = text.replace(MARK, (_, n) => `{{${codes[Number(n)] ?? ''}}}`);
	return restored === text ? text : `=${restored}`;
}

/** Thrown if a name has two values, or cannot be parsed. */
export class ParameterNameError extends Error {}

/**
 * Adds a form parameter to the tree: `line_items[0][price]`, `expand[]`.
 *
 * @throws ParameterNameError
 */
export function putParameter(tree: Tree, name: string, value: Branch): void {
	const [, first, rest = ''] = /^(\w+)((?:\[[^[\]]*\])*)$/.exec(name) ?? [];
	if (first === undefined) throw new ParameterNameError(`the parameter "${name}" cannot be parsed`);
	const steps = [first, ...[...rest.matchAll(/\[([^[\]]*)\]/g)].map(([, step = '']) => step)];
	const last = steps.pop() ?? first;
	// Every object inherits these names.
	const odd = [...steps, last].find((step) => step in Object.prototype);
	if (odd !== undefined) throw new ParameterNameError(`the parameter "${name}" cannot be parsed`);
	let place = tree;
	for (const step of steps) {
		const inner: Branch = (place[toStep(step, place)] ??= {});
		if (typeof inner !== 'object' || Array.isArray(inner))
			throw new ParameterNameError(`"${name}" is given in two forms`);
		place = inner;
	}
	const end = toStep(last, place);
	if (place[end] !== undefined) throw new ParameterNameError(`"${name}" is given twice`);
	place[end] = value;
}

/** `[]` stands for the next index of a list. */
function toStep(step: string, place: Tree): string {
	return step === '' ? String(Object.keys(place).length) : step;
}

/** Converts objects whose keys are 0, 1, 2 … to lists. */
export function toLists(branch: Branch): Branch {
	if (typeof branch !== 'object' || branch === null) return branch;
	if (Array.isArray(branch)) return branch.map(toLists);
	const names = Object.keys(branch);
	const isList = names.length > 0 && names.every((name, n) => name === String(n));
	if (isList) return Object.values(branch).map(toLists);
	return Object.fromEntries(Object.entries(branch).map(([name, inner]) => [name, toLists(inner)]));
}

/** Returns every leaf with its path. */
export function listLeaves(branch: Branch, path: string[] = []): { path: string[]; value: unknown }[] {
	if (typeof branch !== 'object' || branch === null) return [{ path, value: branch }];
	return Object.entries(branch).flatMap(([name, inner]) => listLeaves(inner, [...path, name]));
}

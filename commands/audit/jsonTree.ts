import { isExpression, splitExpression } from '../../nodes/shared/parameters/expression';

/** Parameters as they are written: a leaf is a value, or an expression with its equals sign. */
export type Tree = { [name: string]: Branch };
export type Branch = Tree | Branch[] | string | number | boolean | null;

const MARK = /\uE000(\d+)\uE001/g;

/**
 * JSON that is written into a parameter, as text, as text with code in it, or as an object. undefined where only a run
 * would tell: one piece of code that makes all of it.
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

/** Two values for one name, or a name that cannot be taken apart. */
export class ParameterNameError extends Error {}

/**
 * Puts a form parameter where it belongs: `line_items[0][price]`, `expand[]`.
 *
 * @throws ParameterNameError
 */
export function putParameter(tree: Tree, name: string, value: Branch): void {
	const [, first, rest = ''] = /^(\w+)((?:\[[^[\]]*\])*)$/.exec(name) ?? [];
	if (first === undefined) throw new ParameterNameError(`the parameter "${name}" cannot be taken apart`);
	const steps = [first, ...[...rest.matchAll(/\[([^[\]]*)\]/g)].map(([, step = '']) => step)];
	const last = steps.pop() ?? first;
	// An object inherits these.
	const odd = [...steps, last].find((step) => step in Object.prototype);
	if (odd !== undefined) throw new ParameterNameError(`the parameter "${name}" cannot be taken apart`);
	let place = tree;
	for (const step of steps) {
		const inner: Branch = (place[toStep(step, place)] ??= {});
		if (typeof inner !== 'object' || Array.isArray(inner))
			throw new ParameterNameError(`"${name}" is there in two forms`);
		place = inner;
	}
	const end = toStep(last, place);
	if (place[end] !== undefined) throw new ParameterNameError(`"${name}" is there twice`);
	place[end] = value;
}

/** `[]` is the next place of a list. */
function toStep(step: string, place: Tree): string {
	return step === '' ? String(Object.keys(place).length) : step;
}

/** Lists as lists: what has only 0, 1, 2 … for names. */
export function toLists(branch: Branch): Branch {
	if (typeof branch !== 'object' || branch === null) return branch;
	if (Array.isArray(branch)) return branch.map(toLists);
	const names = Object.keys(branch);
	const isList = names.length > 0 && names.every((name, n) => name === String(n));
	if (isList) return Object.values(branch).map(toLists);
	return Object.fromEntries(Object.entries(branch).map(([name, inner]) => [name, toLists(inner)]));
}

/** Every leaf, with the names that lead to it. */
export function listLeaves(branch: Branch, path: string[] = []): { path: string[]; value: unknown }[] {
	if (typeof branch !== 'object' || branch === null) return [{ path, value: branch }];
	return Object.entries(branch).flatMap(([name, inner]) => listLeaves(inner, [...path, name]));
}

import type { Param, Params } from '../../ledger/model/request';
import { EXCLUSIVE } from './exclusiveTable';

/** Two parameters of which Stripe accepts only one, as full paths: `discounts.0.coupon`. */
export interface ExclusiveParams {
	name: string;
	other: string;
	/** The value of `other` to which the rule applies, if it depends on the value. */
	otherIs?: string;
}

/** Returns the first two parameters of a request that exclude each other. */
export function findExclusive(path: string, params: Params): ExclusiveParams | undefined {
	const named = EXCLUSIVE.filter(({ at }) => at.test(path));
	if (named.length === 0) return undefined;
	for (const { at, within, object } of listObjects(params)) {
		const rules = named.flatMap((one) =>
			one.isAnywhere || (one.within ?? '') === within ? one.rules : [],
		);
		for (const [rule, others] of rules) {
			const name = findSaid(object, rule);
			if (name === undefined) continue;
			for (const other of others) {
				const found = findSaid(object, other);
				if (found !== undefined) return describe(at, name, found, other);
			}
		}
	}
	return undefined;
}

function describe(at: string, name: string, other: string, rule: string): ExclusiveParams {
	const [, otherIs] = rule.split('=');
	return { name: `${at}${name}`, other: `${at}${other}`, ...(otherIs ? { otherIs } : {}) };
}

interface Within {
	/** The prefix of the names in the object: `discounts.0.`. */
	at: string;
	within: string;
	object: Params;
}

/** Lists a request and all objects nested in it, except those with names that users choose. */
export function listObjects(object: Params, at = '', within = ''): Within[] {
	const inner = Object.entries(object)
		.filter(([name]) => name !== 'metadata')
		.flatMap(([name, param]) => listObjectsOf(param, `${at}${name}.`, name));
	return [{ at, within, object }, ...inner];
}

function listObjectsOf(param: Param, at: string, within: string): Within[] {
	if (typeof param === 'string') return [];
	if (!Array.isArray(param)) return listObjects(param, at, within);
	return param.flatMap((row, index) => listObjectsOf(row, `${at}${index}.`, within));
}

/** Returns the full path of the parameter of a rule, if it has a value. An empty string unsets a value and excludes nothing. */
export function findSaid(object: Params, rule: string): string | undefined {
	const [path = '', wanted] = rule.split('=');
	const found = findAt(object, path.split('.'));
	const isMeant = found && found.value !== '' && (wanted === undefined || found.value === wanted);
	return isMeant ? found.path.join('.') : undefined;
}

interface Found {
	path: string[];
	value: Param;
}

function findAt(param: Param | undefined, [first, ...below]: readonly string[]): Found | undefined {
	if (first === undefined) return param === undefined ? undefined : { path: [], value: param };
	if (typeof param !== 'object') return undefined;
	const isOfRows = first === '*' && Array.isArray(param);
	const inner: [string, Param | undefined][] = isOfRows
		? param.map((row, index) => [String(index), row])
		: [[first, Array.isArray(param) ? undefined : param[first]]];
	for (const [name, value] of inner) {
		const found = findAt(value, below);
		if (found) return { ...found, path: [name, ...found.path] };
	}
	return undefined;
}

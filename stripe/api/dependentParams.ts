import type { Params } from '../../ledger/model/request';
import { DEPENDENT } from './dependentTable';
import { findSaid, listObjects } from './exclusiveParams';

/** A parameter that Stripe accepts only together with another one, which is missing. Both are full paths. */
export interface DependentParam {
	name: string;
	/** The value of `name` to which the rule applies, if it depends on the value. */
	nameIs?: string;
	/** The missing parameter: the first one, if one of several would do. */
	needed: string;
	/** The value that the other parameter must have. */
	neededIs?: string;
}

/** Returns the first parameter of a request that requires another one. */
export function findDependent(path: string, params: Params): DependentParam | undefined {
	const named = DEPENDENT.filter(({ at }) => at.test(path));
	if (named.length === 0) return undefined;
	for (const { at, within, object } of listObjects(params)) {
		for (const [rule, needs] of named.flatMap((one) =>
			(one.within ?? '') === within ? one.rules : [],
		)) {
			if (findSaid(object, rule) === undefined) continue;
			if (needs.some((need) => findSaid(object, need) !== undefined)) continue;
			return describe(at, rule, needs[0] ?? '');
		}
	}
	return undefined;
}

function describe(at: string, rule: string, need: string): DependentParam {
	const [[name = '', nameIs], [needed = '', neededIs]] = [rule.split('='), need.split('=')];
	return {
		name: `${at}${name}`,
		needed: `${at}${needed}`,
		...(nameIs ? { nameIs } : {}),
		...(neededIs ? { neededIs } : {}),
	};
}

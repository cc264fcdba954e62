import type { Params } from '../../ledger/model/request';
import { DEPENDENT } from './dependentTable';
import { findSaid, listObjects } from './exclusiveParams';

/** A parameter that Stripe takes only beside another one, which is not there; each by its whole path. */
export interface DependentParam {
	name: string;
	/** Where it needs the other one only as long as it says this. */
	nameIs?: string;
	/** What would do: the first of them, where there are several. */
	needed: string;
	/** Where the other one has to say this. */
	neededIs?: string;
}

/** The first parameter in a request that is not complete without another one. */
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

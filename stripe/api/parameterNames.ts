import type { Param, Params } from '../../ledger/model/request';

/**
 * Returns the first parameter name that another parser may read differently: form-encoded, `[amount]` can be the same as
 * `amount`, and `metadata[order]` is part of `metadata`. A parameter must have one name only, so that the request that is
 * compared is the request that is executed.
 *
 * @returns undefined if every name is unambiguous
 */
export function findAmbiguousName(params: Params): string | undefined {
	const odd = Object.keys(params).find((name) => !/^\w+$/.test(name));
	return odd ?? findFirstAmbiguous(Object.values(params));
}

/** Names below the first level may be chosen by users, as in metadata. */
function findAmbiguousNameIn(param: Param): string | undefined {
	if (typeof param === 'string') return undefined;
	const odd = Object.keys(param).find((name) => /[[\]]/.test(name));
	return odd ?? findFirstAmbiguous(Object.values(param));
}

function findFirstAmbiguous(params: readonly Param[]): string | undefined {
	for (const param of params) {
		const odd = findAmbiguousNameIn(param);
		if (odd !== undefined) return odd;
	}
	return undefined;
}

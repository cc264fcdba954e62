import type { Param, Params } from '../../ledger/model/request';

/**
 * The first name that another parser may read as another parameter: form-encoded, `[amount]` and `amount` can be one, and
 * `metadata[order]` is what stands in `metadata` too. One parameter has one name, so that what is compared is what is done.
 *
 * @returns undefined where every name is plain
 */
export function findAmbiguousName(params: Params): string | undefined {
	const odd = Object.keys(params).find((name) => !/^\w+$/.test(name));
	return odd ?? findFirstAmbiguous(Object.values(params));
}

/** Names below the first level may be the user's own, as those of metadata are. */
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

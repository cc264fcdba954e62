const MAJOR_UNIT = ' (major unit, Currency empty)';

/**
 * Encodes an amount in the major unit of a currency that has not been read yet. The amount stays as it was written, in a form
 * that Stripe would refuse if it were ever sent. The entry is compared in this form, so a repeat does not have to read the
 * currency.
 *
 * @param written for example `19.99`
 */
export function toMajorAmount(written: string): string {
	return `${written}${MAJOR_UNIT}`;
}

/** Returns the number in a `toMajorAmount`; undefined for any other parameter. */
export function parseMajorAmount(param: unknown): string | undefined {
	return typeof param === 'string' && param.endsWith(MAJOR_UNIT)
		? param.slice(0, -MAJOR_UNIT.length)
		: undefined;
}

import { randomUUID } from 'node:crypto';

import type { Entry } from '../../ledger/model/entry';
import type { LinkState } from '../../payments/readLink';
import type { WriteItem } from './item';

/** @returns the item as it asks for a new link in the place of one that has expired; undefined where none is to follow */
export function renewExpiredLink(
	item: WriteItem,
	{ version }: Entry,
	link: LinkState | undefined,
): WriteItem | undefined {
	const { claim, options } = item;
	const isWanted = link?.expired === true && options.afterExpiry === 'newAttempt';
	// Once: what follows it was made by another run, or just now. What was approved is the link that there is.
	if (!isWanted || claim.renewsVersion !== undefined || claim.approval) return undefined;
	return { ...item, claim: { ...claim, claimId: randomUUID(), renewsVersion: version } };
}

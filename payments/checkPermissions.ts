import type { TimeSource } from '../ledger/clock';
import type { Outcome } from '../ledger/model/entry';
import type { Access, Permission, PermissionName } from '../stripe/api/permissions';
import { PERMISSIONS } from '../stripe/api/permissions';
import type { ReadRequest } from '../stripe/api/reads';
import { sendRead } from '../stripe/api/reads';
import { appendQuery } from '../stripe/api/query';

/** `unknown` for what no read can show: whether a restricted key may write shows only where something is written. */
export type Ability = 'yes' | 'no' | 'unknown';

export type Abilities = Readonly<Record<Access, Ability>>;

/**
 * Finds out by reads alone, of one object each, what a key may do.
 *
 * @returns the outcome of a read that told nothing of the permission, because Stripe or the account did not answer
 */
export async function checkPermissions(
	request: ReadRequest,
	time: TimeSource,
): Promise<ReadonlyMap<PermissionName, Abilities> | Outcome> {
	const names = Object.keys(PERMISSIONS) as PermissionName[];
	const reads = await Promise.all(names.map((name) => tryToRead(request, name, time)));
	const failure = reads.find((read) => typeof read === 'object');
	if (failure) return failure;
	const { isRestricted } = request.connection;
	return new Map(
		names.map((name, position) => [name, toAbilities(reads[position] as Ability, isRestricted)]),
	);
}

async function tryToRead(request: ReadRequest, name: PermissionName, time: TimeSource) {
	const { paths, ...facts } = PERMISSIONS[name];
	if ('isUnreadable' in facts) return 'unknown';
	const [path] = paths;
	const outcome = await sendRead(
		request,
		name === 'balance' ? path : appendQuery(path, { limit: '1' }),
		time,
	);
	if (outcome.kind === 'succeeded') return 'yes';
	if (outcome.statusCode === 403 && outcome.code !== 'account_invalid') return 'no';
	// The account may not have the product: that says nothing of the key.
	return outcome.kind === 'rejected' ? 'unknown' : outcome;
}

/** Write includes Read: what may not read may not write. */
function toAbilities(read: Ability, isRestricted: boolean): Abilities {
	if (!isRestricted) return { read: read === 'unknown' ? 'yes' : read, write: 'yes' };
	return { read, write: read === 'no' ? 'no' : 'unknown' };
}

/** Whether a key can do what needs all of these. */
export function combineAbilities(
	needs: readonly Permission[],
	abilities: ReadonlyMap<PermissionName, Abilities>,
): Ability {
	const found = needs.map(({ name, access }) => abilities.get(name)?.[access] ?? 'unknown');
	if (found.includes('no')) return 'no';
	return found.includes('unknown') ? 'unknown' : 'yes';
}

import type { TimeSource } from '../ledger/clock';
import type { Outcome } from '../ledger/model/entry';
import type { Access, Permission, PermissionName } from '../stripe/api/permissions';
import { PERMISSIONS } from '../stripe/api/permissions';
import type { ReadRequest } from '../stripe/api/reads';
import { sendRead } from '../stripe/api/reads';
import { appendQuery } from '../stripe/api/query';

/** `unknown` if a read cannot show it: only a write shows whether a restricted key may write. */
export type Ability = 'yes' | 'no' | 'unknown';

export type Abilities = Readonly<Record<Access, Ability>>;

/**
 * Determines what a key may do by reading one object of each kind.
 *
 * @returns the outcome of a read that says nothing about the permission, because Stripe or the account did not respond
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
	// The account may not have this product, which says nothing about the key.
	return outcome.kind === 'rejected' ? 'unknown' : outcome;
}

/** Write includes Read: a key that may not read may not write. */
function toAbilities(read: Ability, isRestricted: boolean): Abilities {
	if (!isRestricted) return { read: read === 'unknown' ? 'yes' : read, write: 'yes' };
	return { read, write: read === 'no' ? 'no' : 'unknown' };
}

/** Returns whether a key can do something that needs all of these permissions. */
export function combineAbilities(
	needs: readonly Permission[],
	abilities: ReadonlyMap<PermissionName, Abilities>,
): Ability {
	const found = needs.map(({ name, access }) => abilities.get(name)?.[access] ?? 'unknown');
	if (found.includes('no')) return 'no';
	return found.includes('unknown') ? 'unknown' : 'yes';
}

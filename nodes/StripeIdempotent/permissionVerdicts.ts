import type { Abilities } from '../../payments/checkPermissions';
import type { Access, PermissionName, Permission } from '../../stripe/api/permissions';
import { describePermission } from '../../stripe/api/permissions';
import type { StripeOperation, StripeResource } from './operations/operation';

/** The verdict that needs action comes first. */
export const VERDICTS = ['missing', 'wider', 'unknown', 'enough'] as const;

export type KeyVerdict = (typeof VERDICTS)[number];

/** Permissions to identify the account if Account ID is empty. No workflow names them. */
const NEVER_TOO_MUCH: ReadonlySet<PermissionName> = new Set(['connected_account', 'event']);

/**
 * Compares the permission of a key with its use.
 *
 * @param access the required access; undefined if none is needed
 * @param isAll whether all operations are expected, so that nothing is too much
 * @returns undefined if the permission is neither given nor needed
 */
export function findVerdict(
	name: PermissionName,
	{ read, write }: Abilities,
	access: Access | undefined,
	isAll: boolean,
): KeyVerdict | undefined {
	const isTooMuch = !isAll && !NEVER_TOO_MUCH.has(name) && (access === undefined ? read : write) === 'yes';
	if (access === undefined) return isTooMuch ? 'wider' : undefined;
	const ability = access === 'read' ? read : write;
	if (ability === 'no') return 'missing';
	if (isTooMuch && access === 'read') return 'wider';
	return ability === 'yes' ? 'enough' : 'unknown';
}

interface Findings {
	isRestricted: boolean;
	/** Names of nodes whose needs are not known. */
	unclear: readonly string[];
	/** The required permissions, as the dashboard shows them; empty if all operations were checked. */
	needs: readonly string[];
}

/** Describes in one or two sentences what the key lacks, and what it should be. */
export function describeFindings(
	rows: readonly { permission: string; verdict: KeyVerdict }[],
	{ isRestricted, unclear, needs }: Findings,
): string {
	const listNames = (wanted: KeyVerdict) =>
		rows.flatMap(({ permission, verdict }) => (verdict === wanted ? [permission] : [])).join(', ');
	const [missing, wider] = [listNames('missing'), listNames('wider')];
	return [
		isRestricted ? '' : 'This is a secret key (sk_…): it can do everything in the account.',
		missing === '' ? '' : `The key lacks: ${missing}.`,
		isRestricted && wider !== '' ? `The key can do more than is needed: ${wider}.` : '',
		isRestricted && missing === '' ? 'The key lacks nothing that a read can show.' : '',
		needs.length === 0 ? '' : `A restricted key needs: ${needs.join('; ')}.`,
		unclear.length === 0 ? '' : `Not known, because they ask for anything: ${unclear.join(', ')}.`,
	]
		.filter(Boolean)
		.join(' ');
}

/** Returns the permissions that an operation needs, its own object first. Empty if they depend on the parameters. */
export function listNeeds(resource: StripeResource, operation: StripeOperation): Permission[] {
	const { needs = getOwn(resource, operation), alsoNeeds = [] } = operation;
	return [...needs, ...alsoNeeds];
}

function getOwn({ permission: name }: StripeResource, { kind, ...operation }: StripeOperation): Permission[] {
	const isGet = kind !== 'write' && !('method' in operation && operation.method === 'POST');
	return name === undefined ? [] : [{ name, access: isGet ? 'read' : 'write' }];
}

/** Describes the required permissions in a sentence. */
export function describeNeeds(resource: StripeResource, operation: StripeOperation): string | undefined {
	const needs = listNeeds(resource, operation).map(describePermission);
	return needs.length === 0 ? undefined : `Restricted key: ${needs.join(', ')}.`;
}

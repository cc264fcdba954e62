import type { Abilities } from '../../payments/checkPermissions';
import type { Access, PermissionName } from '../../stripe/api/permissions';

/** What a person has to do something about comes first. */
export const VERDICTS = ['missing', 'wider', 'unknown', 'enough'] as const;

export type KeyVerdict = (typeof VERDICTS)[number];

/** What makes its key known to this package where Account ID is empty: no workflow names it. */
const NEVER_TOO_MUCH: ReadonlySet<PermissionName> = new Set(['connected_account', 'event']);

/**
 * How a permission of a key stands to what it is used for.
 *
 * @param access that is needed; undefined for none
 * @param isAll whether the key is used for everything: then nothing is too much
 * @returns undefined for what is neither there nor needed
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
	/** Names of nodes that do not tell what they need. */
	unclear: readonly string[];
	/** What a key needs, as the dashboard shows it; none where everything was looked at. */
	needs: readonly string[];
}

/** In a sentence or two, what the key lacks, and what it should be. */
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

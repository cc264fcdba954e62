/**
 * The version of the schema in which every store keeps its rows. It increases when older builds could no longer read the rows,
 * or write beside this one. An unknown version is refused, never read as empty: every payment that it protects would look new.
 */
export const SCHEMA_VERSION = 9;

/** Older versions whose rows can be read unchanged. The first use, or the first write, upgrades the ledger to this version. */
export const READABLE_OLDER_VERSIONS: readonly number[] = [2, 3, 4, 5, 6, 7, 8];

export function isReadableOlderVersion(version: number): boolean {
	return READABLE_OLDER_VERSIONS.includes(version);
}

/**
 * @param place what was found, as the subject of a sentence: `the table "ledger"`
 * @param cure what to choose instead: `another table`
 * @returns why it is refused, as a message without the full stop
 */
export function otherSchemaReason(place: string, found: number, cure: string): string {
	const versions = `(schema ${found}, known here: ${SCHEMA_VERSION})`;
	return found > SCHEMA_VERSION
		? `${place} was written by a newer version of this package ${versions}. Update n8n-nodes-stripe-idempotent, or choose ${cure}`
		: `${place} was written by an older version of this package ${versions}, and cannot be read by this one. Choose ${cure}`;
}

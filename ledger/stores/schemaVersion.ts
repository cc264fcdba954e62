/**
 * The form in which every store keeps its rows. It goes up when builds of before could no longer read them, or write beside
 * this one. What stands in another form is refused, never read as empty: every payment that it protects would be a new one.
 */
export const SCHEMA_VERSION = 9;

/** Forms of before whose rows are read as they are; with its first use, or write, the ledger is one of this form. */
export const READABLE_OLDER_VERSIONS: readonly number[] = [2, 3, 4, 5, 6, 7, 8];

export function isReadableOlderVersion(version: number): boolean {
	return READABLE_OLDER_VERSIONS.includes(version);
}

/**
 * @param place what was found, as a subject: `the table "ledger"`
 * @param cure what to choose instead: `another table`
 * @returns why it is refused, for people; without the full stop
 */
export function otherSchemaReason(place: string, found: number, cure: string): string {
	const versions = `(schema ${found}, known here: ${SCHEMA_VERSION})`;
	return found > SCHEMA_VERSION
		? `${place} was written by a newer version of this package ${versions}. Update n8n-nodes-stripe-idempotent, or choose ${cure}`
		: `${place} was written by an older version of this package ${versions}, and cannot be read by this one. Choose ${cure}`;
}

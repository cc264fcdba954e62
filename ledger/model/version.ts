import { createHash } from 'node:crypto';

/**
 * Where a new row's versions begin: a number of its writer's own (30 bits). A row that was removed and made again must not
 * be taken for the old one by somebody who has seen the old one's version.
 */
export function initialVersion(writer: string): number {
	return createHash('sha256').update(writer, 'utf8').digest().readUInt32BE(0) >>> 2;
}

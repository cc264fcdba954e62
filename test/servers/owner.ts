import { chownSync, readFileSync } from 'node:fs';

/** The user that a server runs as. Undefined: the current user. */
export type Owner = { uid: number; gid: number } | undefined;

/** Postgres and PgBouncer refuse to run as root, so root runs them as another user. */
export function nobodyOfNote(): Owner {
	if (process.getuid?.() !== 0) return undefined;
	const users = readFileSync('/etc/passwd', 'utf8').split('\n');
	for (const name of ['postgres', 'nobody']) {
		const [, , uid, gid] = users.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
		if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
	}
	throw new Error('Root can run this server only as the user postgres or nobody, and there is neither');
}

export function give(path: string, owner: Owner): void {
	if (owner) chownSync(path, owner.uid, owner.gid);
}

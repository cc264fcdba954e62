import type { Collection } from './collection';
import { COLLECTIONS } from './collectionTable';
import { decodeIdPart } from './ids';

/** What a path does: it creates an object, changes one, or performs an action on one. */
export interface Target {
	collection: Collection;
	/** The path of the collection; for a nested collection it includes the ID of the parent. */
	path: string;
	/** Absent if the request creates an object. */
	id?: string;
	/** The last segment of the path, if it is an action on the object. */
	action?: string;
}

interface CollectionPattern {
	collection: Collection;
	parts: readonly string[];
}

const PATTERNS: readonly CollectionPattern[] = Object.entries(COLLECTIONS).map(([path, collection]) => ({
	collection,
	parts: path.split('/'),
}));

/** @returns undefined for collections and actions that are not in the table, and for other paths below an object */
export function parseTarget(path: string): Target | undefined {
	const parts = path.split('/');
	for (const below of [0, 1, 2]) {
		const collection = findCollection(parts.slice(0, parts.length - below));
		if (collection) return toTarget(collection, parts, below);
	}
	return undefined;
}

function findCollection(parts: readonly string[]): Collection | undefined {
	return PATTERNS.find(
		(pattern) =>
			pattern.parts.length === parts.length &&
			pattern.parts.every((part, position) =>
				part === ':id' ? parts[position] !== '' : part === parts[position],
			),
	)?.collection;
}

function toTarget(collection: Collection, parts: readonly string[], below: number): Target | undefined {
	const path = parts.slice(0, parts.length - below).join('/');
	const [idPart, action] = parts.slice(parts.length - below);
	if (idPart === undefined) return { collection, path };
	const id = decodeIdPart(idPart);
	if (id === undefined || id === '') return undefined;
	if (action !== undefined && !Object.hasOwn(collection.actions ?? {}, action)) return undefined;
	return { collection, path, id, ...(action === undefined ? {} : { action }) };
}

/** Returns the path of the object that a request is about; undefined if the request creates one. */
export function getObjectPath({ path, id }: Target): string | undefined {
	return id === undefined ? undefined : `${path}/${encodeURIComponent(id)}`;
}

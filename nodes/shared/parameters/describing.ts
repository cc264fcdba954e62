import type { INodeProperties } from 'n8n-workflow';

import type { Chosen, ParameterCatalog, Property } from './writtenRule';

/** n8n neither shows nor stores what stands under a symbol. */
const DESCRIBING = Symbol('describing');

/**
 * Marks a parameter whose absence changes neither what moves, nor how much, when, or to or from whom. Every other one is
 * deciding: an expression in it that finds nothing is refused, not taken for "left empty".
 */
export function markDescribing<P extends Property>(property: P): P {
	return Object.assign({ ...property }, { [DESCRIBING]: true });
}

export function isDescribing(property: Property): boolean {
	return DESCRIBING in property;
}

/** A parameter with the path that leads to it: `additionalFields.metadata.entry.value`. */
interface CatalogParameter {
	path: string;
	label: string;
	isDescribing: boolean;
}

/** All parameters, those within others too. What lies below one that only describes does so too. */
export function listParameters(
	properties: readonly Property[],
	parent = '',
	isParentDescribing = false,
): CatalogParameter[] {
	return properties.flatMap((property) => {
		const path = `${parent}${property.name}`;
		const isDescribing = isParentDescribing || DESCRIBING in property;
		const found = { path, label: getLabel(property), isDescribing };
		return [found, ...listParameters(getInnerProperties(property), `${path}.`, isDescribing)];
	});
}

function getInnerProperties(property: Property): readonly Property[] {
	if ('values' in property) return property.values;
	const { type, options = [] } = property as INodeProperties;
	return type === 'collection' || type === 'fixedCollection' ? options : [];
}

function getLabel(property: Property): string {
	return 'displayName' in property ? property.displayName : property.name;
}

/** What the description of a node declares of its parameters: read when it is first asked for, as n8n never does at its start. */
export function buildCatalog(properties: readonly Property[]): ParameterCatalog {
	let found: ParameterIndex | undefined;
	const index = () => (found ??= indexParameters(properties));
	const find = (path: string, chosen: Chosen) => findShown(index().sameNamed, path, chosen);
	return {
		propertyOf: find,
		importanceOf: (path) =>
			index().known.has(path) && !index().deciding.has(path) ? 'describing' : 'deciding',
		labelOf: (path, chosen) => {
			// It may be called differently by another operation.
			const shown = chosen && find(path, chosen);
			if (shown) return getLabel(shown);
			const { labels } = index();
			return labels.get(path) ?? labels.get(getLastName(path)) ?? path;
		},
	};
}

interface ParameterIndex {
	/** Paths; one that decides anywhere does so everywhere. */
	known: ReadonlySet<string>;
	deciding: ReadonlySet<string>;
	/** By path, and by the last name in it. */
	labels: ReadonlyMap<string, string>;
	sameNamed: SameNamed;
}

function indexParameters(properties: readonly Property[]): ParameterIndex {
	const found = listParameters(properties);
	// The first of a name counts, and a whole path more than the name of what stands in another parameter.
	const byName = found.toReversed().map(({ path, label }) => [getLastName(path), label] as const);
	const byPath = found.toReversed().map(({ path, label }) => [path, label] as const);
	return {
		known: new Set(found.map(({ path }) => path)),
		deciding: new Set(found.flatMap(({ path, isDescribing }) => (isDescribing ? [] : [path]))),
		labels: new Map([...byName, ...byPath]),
		sameNamed: groupByName(properties),
	};
}

type SameNamed = ReadonlyMap<string, readonly Property[]>;

function groupByName(properties: readonly Property[]): SameNamed {
	const groups = new Map<string, Property[]>();
	for (const property of properties) {
		const group = groups.get(property.name);
		if (group) group.push(property);
		else groups.set(property.name, [property]);
	}
	return groups;
}

/** What the editor declares of a parameter for the resource and operation that are chosen; rows have no numbers in the path. */
function findShown(sameNamed: SameNamed, path: string, chosen: Chosen): Property | undefined {
	const [name = '', ...below] = path.split('.');
	const candidates = (sameNamed.get(name) ?? []).filter((property) => isShownFor(property, chosen));
	if (below.length === 0) return candidates[0];
	const inner = below.join('.');
	for (const property of candidates) {
		const found = findShown(groupByName(getInnerProperties(property)), inner, chosen);
		if (found) return found;
	}
	return undefined;
}

function isShownFor(property: Property, chosen: Chosen): boolean {
	const { resource, operation } =
		('displayOptions' in property ? property.displayOptions?.show : undefined) ?? {};
	return (
		(resource?.includes(chosen.resource as string) ?? true) &&
		(operation?.includes(chosen.operation as string) ?? true)
	);
}

function getLastName(path: string): string {
	return path.slice(path.lastIndexOf('.') + 1);
}

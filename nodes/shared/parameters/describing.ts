import type { INodeProperties } from 'n8n-workflow';

import type { Chosen, ParameterCatalog, Property } from './writtenRule';

/** n8n neither shows nor stores properties with a symbol as key. */
const DESCRIBING = Symbol('describing');

/**
 * Marks a parameter that changes neither what moves, nor how much, when, from whom or to whom. All others are deciding: if their
 * expression returns nothing, it is refused and does not count as empty.
 */
export function markDescribing<P extends Property>(property: P): P {
	return Object.assign({ ...property }, { [DESCRIBING]: true });
}

export function isDescribing(property: Property): boolean {
	return DESCRIBING in property;
}

/** A parameter with its path: `additionalFields.metadata.entry.value`. */
interface CatalogParameter {
	path: string;
	label: string;
	isDescribing: boolean;
}

/** Lists all parameters, including nested ones. A parameter nested in a describing one is describing too. */
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

/** Builds the catalog of a node's parameters. It is built on first use, because starting n8n does not need it. */
export function buildCatalog(properties: readonly Property[]): ParameterCatalog {
	let found: ParameterIndex | undefined;
	const index = () => (found ??= indexParameters(properties));
	const find = (path: string, chosen: Chosen) => findShown(index().sameNamed, path, chosen);
	return {
		propertyOf: find,
		importanceOf: (path) =>
			index().known.has(path) && !index().deciding.has(path) ? 'describing' : 'deciding',
		labelOf: (path, chosen) => {
			// Another operation may use another label.
			const shown = chosen && find(path, chosen);
			if (shown) return getLabel(shown);
			const { labels } = index();
			return labels.get(path) ?? labels.get(getLastName(path)) ?? path;
		},
	};
}

interface ParameterIndex {
	/** Paths. A parameter that is deciding in one operation counts as deciding in all. */
	known: ReadonlySet<string>;
	deciding: ReadonlySet<string>;
	/** By path, and by the last name in the path. */
	labels: ReadonlyMap<string, string>;
	sameNamed: SameNamed;
}

function indexParameters(properties: readonly Property[]): ParameterIndex {
	const found = listParameters(properties);
	// The first label of a name counts, and a full path counts more than the last name.
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

/** Finds the property for the selected resource and operation. Row numbers are not part of the path. */
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

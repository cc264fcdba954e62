import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { isDeepStrictEqual } from 'node:util';

/** A row of a node's operations table, as the editor shows it. */
interface OperationRow {
	value: string;
	name: string;
	action: string;
	description: string;
	properties: INodeProperties[];
}

interface ResourceRow<O extends OperationRow> {
	value: string;
	name: string;
	/** The default operation; otherwise Create, otherwise the first one. */
	usual?: string;
	operations: readonly O[];
}

/**
 * Builds the parameters for resource and operation, and those of each operation, in the order of the table.
 *
 * @param belowOperation parameters that follow directly, for every operation
 */
export function buildResourceProperties<O extends OperationRow>(
	resources: readonly ResourceRow<O>[],
	usual: string,
	belowOperation: readonly INodeProperties[] = [],
): INodeProperties[] {
	const resource: INodeProperties = {
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: resources.map(({ name, value }) => ({ name, value })),
		default: usual,
	};
	const operations = resources.map((of): INodeProperties => ({
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [of.value] } },
		options: of.operations.map(({ name, value, action, description }): INodePropertyOptions => ({
			name,
			value,
			action,
			description,
		})),
		default: getDefaultOperation(of),
	}));
	const own = buildOperationProperties(resources, ({ properties }) => properties);
	return [resource, ...operations, ...belowOperation, ...own];
}

/** Returns the default operation of the editor. */
export function getDefaultOperation<O extends OperationRow>({ usual, operations }: ResourceRow<O>): string {
	return usual ?? (operations.find(({ value }) => value === 'create') ?? operations[0])?.value ?? '';
}

/** Builds the parameters of each operation, in order. Identical ones are declared once. */
export function buildOperationProperties<O extends OperationRow>(
	resources: readonly ResourceRow<O>[],
	propertiesOf: (operation: O) => INodeProperties[],
): INodeProperties[] {
	const ofResources = resources.map((of) => {
		const ofOperations = of.operations.map((operation) =>
			propertiesOf(operation).map((property) => showFor(of.value, operation.value, property)),
		);
		return joinAlike('operation', ofOperations);
	});
	return joinAlike('resource', ofResources);
}

function showFor(resource: string, operation: string, property: INodeProperties): INodeProperties {
	const show = { resource: [resource], operation: [operation], ...property.displayOptions?.show };
	return { ...property, displayOptions: { ...property.displayOptions, show } };
}

interface Labelled {
	name: string;
	displayName?: string;
}

/**
 * Sorts alphabetically, as n8n requires for lists of parameters and choices. Labels are English. A locale-aware comparison would
 * load collation data, which takes longer than building all descriptions.
 */
export function sortByLabel<T extends Labelled>(labelled: readonly T[]): T[] {
	return labelled.toSorted((one, other) => (label(one) < label(other) ? -1 : 1));
}

function label({ displayName, name }: Labelled): string {
	return (displayName ?? name).toLowerCase();
}

/** The conditions that show a property. */
type Axis = 'resource' | 'operation';

interface Placed {
	property: INodeProperties;
	/** The property as text, without the conditions that show it. */
	text: string;
}

/**
 * Merges lists of properties. Properties that differ only in the conditions that show them become one. Each list keeps its order.
 * Every browser that opens n8n downloads the description, so it contains nothing twice.
 */
function joinAlike(axis: Axis, lists: readonly INodeProperties[][]): INodeProperties[] {
	const joined: Placed[] = [];
	for (const list of lists) {
		let next = 0;
		for (const property of list) {
			const placed = { property, text: JSON.stringify(leaveOut(axis, property)) };
			const same = joined.findIndex((other, at) => at >= next && isAlike(axis, other, placed));
			if (same === -1) joined.splice(next, 0, placed);
			else joined[same] = join(axis, joined[same] ?? placed, placed);
			next = (same === -1 ? next : same) + 1;
		}
	}
	return joined.map(({ property }) => property);
}

/** Marks with symbols are not part of the text. */
function isAlike(axis: Axis, one: Placed, other: Placed): boolean {
	return (
		one.text === other.text &&
		isDeepStrictEqual(leaveOut(axis, one.property), leaveOut(axis, other.property))
	);
}

function leaveOut(axis: Axis, property: INodeProperties): INodeProperties {
	const { [axis]: _shownFor, ...show } = property.displayOptions?.show ?? {};
	return { ...property, displayOptions: { ...property.displayOptions, show } };
}

function join(axis: Axis, one: Placed, { property }: Placed): Placed {
	const values = [one.property, property].flatMap(
		({ displayOptions }) => displayOptions?.show?.[axis] ?? [],
	);
	const show = { ...one.property.displayOptions?.show, [axis]: values };
	return {
		...one,
		property: { ...one.property, displayOptions: { ...one.property.displayOptions, show } },
	};
}

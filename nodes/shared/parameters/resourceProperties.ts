import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { joinAlike } from './joinAlike';

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

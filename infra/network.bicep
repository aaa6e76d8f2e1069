// The virtual network in which the job runs, and the private endpoints that lead from it to the database and to
// the blobs. infra/README.md explains when to use it.

@description('Region of all resources.')
param location string

@description('Range of the network. Choose another one if yours is connected to it and has these addresses.')
param addressPrefix string

@description('Create private endpoints, and the DNS zones that lead to them.')
param privateEndpoints bool

@description('Resource id of the SQL server.')
param sqlServerId string

@description('Resource id of the storage account.')
param storageId string

// The zones have these names by Azure's rules. The suffix of SQL servers begins with a dot.
var endpoints = [
  {
    name: 'sql'
    groupId: 'sqlServer'
    resourceId: sqlServerId
    zone: 'privatelink${environment().suffixes.sqlServerHostname}'
  }
  {
    name: 'blob'
    groupId: 'blob'
    resourceId: storageId
    zone: 'privatelink.blob.${environment().suffixes.storage}'
  }
]
var wanted = privateEndpoints ? endpoints : []

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: 'vnet-paintings'
  location: location
  properties: {
    addressSpace: {
      addressPrefixes: [addressPrefix]
    }
    // Inside the network, since a deployment would delete subnets that it does not list.
    subnets: [
      {
        name: 'jobs'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 27, 0)
          delegations: [
            {
              name: 'jobs'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 27, 1)
        }
      }
    ]
  }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for endpoint in wanted: {
    name: endpoint.zone
    location: 'global'
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (endpoint, i) in wanted: {
    parent: zones[i]
    name: 'paintings'
    location: 'global'
    properties: {
      registrationEnabled: false
      virtualNetwork: {
        id: network.id
      }
    }
  }
]

resource privateLinks 'Microsoft.Network/privateEndpoints@2024-05-01' = [
  for endpoint in wanted: {
    name: 'pep-paintings-${endpoint.name}'
    location: location
    properties: {
      subnet: {
        id: '${network.id}/subnets/endpoints'
      }
      privateLinkServiceConnections: [
        {
          name: endpoint.name
          properties: {
            privateLinkServiceId: endpoint.resourceId
            groupIds: [endpoint.groupId]
          }
        }
      ]
    }
  }
]

// They write the address of each endpoint into its zone.
resource zoneGroups 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = [
  for (endpoint, i) in wanted: {
    parent: privateLinks[i]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: endpoint.name
          properties: {
            privateDnsZoneId: zones[i].id
          }
        }
      ]
    }
  }
]

@description('Where the environment of the job runs.')
output jobsSubnetId string = '${network.id}/subnets/jobs'

// What the project needs in Azure: a SQL database, a private container for the images, and an
// identity for the job that runs dbt and the uploader. infra/README.md says how to deploy it.

@description('Region of everything.')
param location string = resourceGroup().location

@description('The Entra user, group or service principal that administers the SQL server: its sign-in or display name.')
param sqlAdminName string

@description('The object id of that administrator.')
param sqlAdminObjectId string

@description('What kind of principal the administrator is.')
@allowed(['Application', 'Group', 'User'])
param sqlAdminType string = 'User'

@description('Your public IPv4 address, which the SQL firewall lets in. Empty: nobody from outside.')
param clientIpAddress string = ''

@description('Let services in Azure, of any customer, reach the sign-in of the SQL server. A job that runs in Azure needs it.')
param allowAzureServices bool = false

@description('serverless pauses after an hour without use and wakes on the next sign-in; basic is always awake, small and cheap.')
@allowed(['serverless', 'basic'])
param databaseSize string = 'serverless'

@description('Let anyone read the images who knows their address.')
param publicAccess bool = false

@description('Let the account\'s keys, and what is signed with them, open the storage account.')
param sharedKeyAccess bool = false

@description('The object id of a developer who uploads from a laptop. Empty: only the identity uploads.')
param developerObjectId string = ''

@description('What kind of principal the developer is.')
@allowed(['Group', 'ServicePrincipal', 'User'])
param developerType string = 'User'

// Names of servers and storage accounts are unique in all of Azure.
var suffix = uniqueString(resourceGroup().id)
var databaseName = 'paintings'
var containerName = 'images'
var serverless = databaseSize == 'serverless'
var sizes = {
  // Up to one vCore.
  serverless: {
    name: 'GP_S_Gen5'
    tier: 'GeneralPurpose'
    family: 'Gen5'
    capacity: 1
  }
  // Five DTUs.
  basic: {
    name: 'Basic'
    tier: 'Basic'
    capacity: 5
  }
}

// Storage Blob Data Contributor: read, write and delete blobs.
var blobContributorId = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var blobContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobContributorId)

resource sqlServer 'Microsoft.Sql/servers@2023-08-01' = {
  name: 'sql-paintings-${suffix}'
  location: location
  properties: {
    // No SQL logins, so no password anywhere.
    administrators: {
      administratorType: 'ActiveDirectory'
      azureADOnlyAuthentication: true
      login: sqlAdminName
      principalType: sqlAdminType
      sid: sqlAdminObjectId
      tenantId: tenant().tenantId
    }
    minimalTlsVersion: '1.2'
    publicNetworkAccess: 'Enabled'
  }
}

resource clientRule 'Microsoft.Sql/servers/firewallRules@2023-08-01' = if (!empty(clientIpAddress)) {
  parent: sqlServer
  name: 'client'
  properties: {
    startIpAddress: clientIpAddress
    endIpAddress: clientIpAddress
  }
}

resource azureRule 'Microsoft.Sql/servers/firewallRules@2023-08-01' = if (allowAzureServices) {
  parent: sqlServer
  name: 'AllowAllWindowsAzureIps'
  properties: {
    // By convention: every address in Azure, none outside.
    startIpAddress: '0.0.0.0'
    endIpAddress: '0.0.0.0'
  }
}

resource database 'Microsoft.Sql/servers/databases@2023-08-01' = {
  parent: sqlServer
  name: databaseName
  location: location
  sku: sizes[databaseSize]
  properties: {
    maxSizeBytes: 2147483648
    requestedBackupStorageRedundancy: 'Local'
    // In minutes.
    autoPauseDelay: serverless ? 60 : null
    // In vCores. Bicep has no fractions.
    minCapacity: serverless ? json('0.5') : null
  }
}

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'stpaintings${suffix}'
  location: location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_LRS'
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: publicAccess
    allowCrossTenantReplication: false
    allowSharedKeyAccess: sharedKeyAccess
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: storage
  name: 'default'
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobService
  name: containerName
  properties: {
    publicAccess: publicAccess ? 'Blob' : 'None'
  }
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-paintings-uploader'
  location: location
}

// On the container only: the account's other containers and settings stay closed.
resource identityUploads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: container
  name: guid(container.id, identity.id, blobContributor)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: blobContributor
  }
}

resource developerUploads 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(developerObjectId)) {
  scope: container
  name: guid(container.id, developerObjectId, blobContributor)
  properties: {
    principalId: developerObjectId
    principalType: developerType
    roleDefinitionId: blobContributor
  }
}

@description('AZURE_SQL_SERVER of the dbt target azure.')
output sqlServer string = sqlServer.properties.fullyQualifiedDomainName

@description('AZURE_SQL_DATABASE of the dbt target azure.')
output sqlDatabase string = database.name

@description('--to of the uploader.')
output blobEndpoint string = storage.properties.primaryEndpoints.blob

@description('The database user to create for the identity.')
output identityName string = identity.name

@description('AZURE_CLIENT_ID where the job runs.')
output identityClientId string = identity.properties.clientId

@description('What to attach to the machine or container that runs the job.')
output identityResourceId string = identity.id

// What the project needs in Azure: a SQL database, a private container for the images, an identity for the job
// that runs dbt and the uploader, and on request the job itself and a private network. infra/README.md explains
// how to deploy it.

@description('Region of all resources.')
param location string = resourceGroup().location

@description('The Entra user, group or service principal that administers the SQL server: its sign-in or display name.')
param sqlAdminName string

@description('Object id of that administrator.')
param sqlAdminObjectId string

@description('Kind of principal of the administrator.')
@allowed(['Application', 'Group', 'User'])
param sqlAdminType string = 'User'

@description('Your public IPv4 address, which the SQL firewall admits. Empty: no address from outside Azure.')
param clientIpAddress string = ''

@description('Let services in Azure, of any customer, connect to the SQL server. A job that runs in Azure needs this.')
param allowAzureServices bool = false

@description('serverless pauses after an hour without use and wakes up at the next sign-in; basic is always on, small and cheap.')
@allowed(['serverless', 'basic'])
param databaseSize string = 'serverless'

@description('Let anyone who knows the address of an image read it.')
param publicAccess bool = false

@description('Let account keys, and signatures made with them, give access to the storage account.')
param sharedKeyAccess bool = false

@description('Object id of a developer who uploads from a laptop. Empty: only the identity may upload.')
param developerObjectId string = ''

@description('Kind of principal of the developer.')
@allowed(['Group', 'ServicePrincipal', 'User'])
param developerType string = 'User'

@description('Close the database and the storage account to the internet. They can then be reached from the virtual network only, by private endpoints.')
param privateNetwork bool = false

@description('Range of the virtual network: at least 64 addresses.')
param networkRange string = '10.83.0.0/24'

@description('Create what a scheduled job needs: a registry, an environment in the virtual network, and logs.')
param scheduledJob bool = false

@description('Image of the job in that registry, such as paintings-dedupe:1. Empty: no job yet.')
param jobImage string = ''

@description('When the job starts, as a cron expression, in UTC. Empty: only when something starts it.')
param jobCron string = '17 2 * * *'

@description('Options of the uploader in the job, besides --to.')
param uploaderOptions array = []

@description('Address to which the alerts of the job are sent.')
param alertEmail string = ''

@description('Subject of a workflow that may sign in as the identity, such as repo:OWNER/NAME:ref:refs/heads/main. Empty: none.')
param githubSubject string = ''

// Names of servers and storage accounts must be unique in all of Azure.
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
    // No SQL logins, so there are no passwords.
    administrators: {
      administratorType: 'ActiveDirectory'
      azureADOnlyAuthentication: true
      login: sqlAdminName
      principalType: sqlAdminType
      sid: sqlAdminObjectId
      tenantId: tenant().tenantId
    }
    minimalTlsVersion: '1.2'
    publicNetworkAccess: privateNetwork ? 'Disabled' : 'Enabled'
  }
}

// A server that is closed refuses firewall rules.
resource clientRule 'Microsoft.Sql/servers/firewallRules@2023-08-01' = if (!privateNetwork && !empty(clientIpAddress)) {
  parent: sqlServer
  name: 'client'
  properties: {
    startIpAddress: clientIpAddress
    endIpAddress: clientIpAddress
  }
}

resource azureRule 'Microsoft.Sql/servers/firewallRules@2023-08-01' = if (!privateNetwork && allowAzureServices) {
  parent: sqlServer
  name: 'AllowAllWindowsAzureIps'
  properties: {
    // By convention, this range stands for all addresses in Azure and none outside.
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
    publicNetworkAccess: privateNetwork ? 'Disabled' : 'Enabled'
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

resource githubSignsIn 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = if (!empty(githubSubject)) {
  parent: identity
  name: 'github'
  properties: {
    issuer: 'https://token.actions.githubusercontent.com'
    subject: githubSubject
    audiences: ['api://AzureADTokenExchange']
  }
}

// On the container only, not on the account's other containers and settings.
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

module network 'network.bicep' = if (privateNetwork || scheduledJob) {
  name: 'network'
  params: {
    location: location
    addressPrefix: networkRange
    privateEndpoints: privateNetwork
    sqlServerId: sqlServer.id
    storageId: storage.id
  }
}

module job 'job.bicep' = if (scheduledJob) {
  name: 'job'
  params: {
    location: location
    suffix: suffix
    identityName: identity.name
    subnetId: network!.outputs.jobsSubnetId
    image: jobImage
    cron: jobCron
    uploaderOptions: concat(['--to', storage.properties.primaryEndpoints.blob], uploaderOptions)
    variables: [
      {
        name: 'DBT_TARGET'
        value: 'azure'
      }
      {
        name: 'AZURE_SQL_SERVER'
        value: sqlServer.properties.fullyQualifiedDomainName
      }
      {
        name: 'AZURE_SQL_DATABASE'
        value: database.name
      }
      {
        // An identity is one of several that a job may have.
        name: 'AZURE_CLIENT_ID'
        value: identity.properties.clientId
      }
    ]
    alertEmail: alertEmail
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

@description('The registry for az acr build. Empty without scheduledJob.')
output registryName string = scheduledJob ? job!.outputs.registryName : ''

@description('The job for az containerapp job start. Empty without scheduledJob.')
output jobName string = scheduledJob ? job!.outputs.jobName : ''

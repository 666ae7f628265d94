module oarlock.test/go-templates

go 1.26

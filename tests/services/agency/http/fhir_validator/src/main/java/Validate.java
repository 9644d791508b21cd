import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import java.nio.file.Files;
import java.nio.file.Path;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

/** Says what is wrong with FHIR R4 documents: a line an error, of file, place and message; nothing is fetched. */
class Validate {
    public static void main(String[] files) throws Exception {
        FhirContext context = FhirContext.forR4();
        var known = new ValidationSupportChain(
            new DefaultProfileValidationSupport(context), new InMemoryTerminologyServerValidationSupport(context));
        FhirValidator validator =
            context.newValidator().registerValidatorModule(new FhirInstanceValidator(known));
        for (String file : files) {
            for (var found : validator.validateWithResult(Files.readString(Path.of(file))).getMessages()) {
                if (found.getSeverity().compareTo(ResultSeverityEnum.ERROR) >= 0) {
                    String said = found.getMessage().replace('\n', ' ');
                    System.out.println(file + "\t" + found.getLocationString() + "\t" + said);
                }
            }
        }
    }
}
